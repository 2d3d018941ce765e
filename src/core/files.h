// Files that are complete or absent: written beside their name, synced, then renamed. Reading whole or memory-mapped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace gimbal {

namespace fs = std::filesystem;

/// The whole file as bytes. Error when it is missing, a directory or unreadable.
std::string read_file(const fs::path& path);

/// As read_file, and refuses text that is not valid UTF-8, naming the byte offset and the line.
std::string read_text_file(const fs::path& path);

/// Offset of the first byte that is not valid UTF-8, or npos.
size_t find_invalid_utf8(std::string_view text);

/// Writes atomically (temporary name in the same folder, fsync, rename). Error on a full disk; the old file then stays.
void write_file(const fs::path& path, std::string_view bytes);

/// A file written piece by piece that appears under its name only at commit(). Destroyed without commit, nothing remains.
class AtomicFile {
 public:
  explicit AtomicFile(fs::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* bytes, size_t count);
  void write(std::string_view bytes) { write(bytes.data(), bytes.size()); }
  /// Flush, fsync, rename, fsync the folder.
  void commit();

 private:
  fs::path path_, temporary_;
  std::FILE* file_;
};

/// Error unless nothing is at `path` yet, or an empty directory: for what a user names as a new directory.
void check_new_directory(const fs::path& path);

/// A directory that appears whole: `fill` writes into a temporary sibling, which is then renamed to `path`.
/// An existing `path` is replaced, with all that is in it, only after the new one is complete; the current directory is filled where it stands.
void write_directory(const fs::path& path, const std::function<void(const fs::path& temporary)>& fill);

/// A read-only memory map. The bytes live as long as any copy of it.
class MappedFile {
 public:
  explicit MappedFile(const fs::path& path);
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::shared_ptr<void> owner_;
  std::span<const std::byte> bytes_;
};

/// An exclusive advisory lock (flock) on `path`, held while alive. Error "…is in use by another process (pid N)".
class FileLock {
 public:
  explicit FileLock(const fs::path& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_;
};

}  // namespace gimbal
