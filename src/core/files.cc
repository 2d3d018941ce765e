// POSIX files: atomic writes, maps and locks.
#include "core/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/error.h"

namespace gimbal {
namespace {

[[noreturn]] void fail_errno(std::string_view verb, const fs::path& path) {
  const int code = errno;
  if (code == ENOSPC || code == EDQUOT) fail("cannot ", verb, " ", path.string(), ": the disk is full; free some space and try again");
  if (code == EFBIG) fail("cannot ", verb, " ", path.string(), ": the file grew past the size limit (ulimit -f)");
  fail("cannot ", verb, " ", path.string(), ": ", std::strerror(code));
}

void sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

size_t open_regular(const fs::path& path, Descriptor& file) {
  file.fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file.fd < 0) fail_errno("read", path);
  struct stat info {};
  if (::fstat(file.fd, &info) != 0) fail_errno("read", path);
  if (S_ISDIR(info.st_mode)) fail("cannot read ", path.string(), ": it is a directory, a file is needed");
  return static_cast<size_t>(info.st_size);
}

// With a last part that names it: "out/" and "." have none, and a sibling's name is made of it.
fs::path named_in_its_folder(const fs::path& path) {
  const fs::path whole = fs::absolute(path).lexically_normal();
  if (!whole.has_relative_path()) fail(path.string(), " cannot be written as a directory; choose another");
  if (whole.has_filename() && path.has_filename() && path.filename() != "." && path.filename() != "..") return path;
  return whole.has_filename() ? whole : whole.parent_path();
}

// The current directory is somebody's place: its entries are replaced, and it stays.
void move_entries(const fs::path& from, const fs::path& to) {
  for (const auto& entry : fs::directory_iterator(from)) {
    fs::remove_all(to / entry.path().filename());
    fs::rename(entry.path(), to / entry.path().filename());
  }
  fs::remove_all(from);
  sync_folder(to);
}

// Length of the UTF-8 sequence at text[i], or 0 when it is malformed (overlong, surrogate, beyond U+10FFFF, cut).
size_t utf8_sequence(std::string_view text, size_t i) {
  const auto byte = [&](size_t k) { return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u; };
  const auto follows = [&](size_t k) { return (byte(k) & 0xC0u) == 0x80u; };
  const unsigned b0 = byte(0);
  if (b0 < 0x80) return 1;
  if (b0 >= 0xC2 && b0 <= 0xDF) return follows(1) ? 2 : 0;
  if (b0 >= 0xE0 && b0 <= 0xEF) {
    if (!follows(1) || !follows(2)) return 0;
    if ((b0 == 0xE0 && byte(1) < 0xA0) || (b0 == 0xED && byte(1) > 0x9F)) return 0;
    return 3;
  }
  if (b0 >= 0xF0 && b0 <= 0xF4) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    if ((b0 == 0xF0 && byte(1) < 0x90) || (b0 == 0xF4 && byte(1) > 0x8F)) return 0;
    return 4;
  }
  return 0;
}

}  // namespace

std::string read_file(const fs::path& path) {
  Descriptor file{-1};
  std::string bytes(open_regular(path, file), '\0');
  size_t done = 0;
  for (;;) {
    if (done == bytes.size()) bytes.resize(bytes.size() + 1);  // probes for the end, and reads pipes of unknown size
    const ssize_t got = ::read(file.fd, bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_errno("read", path);
    if (got == 0) break;
    done += static_cast<size_t>(got);
    if (done == bytes.size()) bytes.resize(std::max<size_t>(bytes.size() + 1, 4096));
  }
  bytes.resize(done);
  return bytes;
}

size_t find_invalid_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    if (static_cast<unsigned char>(text[i]) < 0x80) {
      ++i;
      continue;
    }
    const size_t length = utf8_sequence(text, i);
    if (length == 0) return i;
    i += length;
  }
  return std::string_view::npos;
}

std::string read_text_file(const fs::path& path) {
  std::string text = read_file(path);
  const size_t bad = find_invalid_utf8(text);
  if (bad != std::string::npos) {
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bad), '\n');
    fail(path.string(), " is not UTF-8 text: byte ", bad, " (line ", line, ") is malformed; convert it first, for example with iconv -t UTF-8");
  }
  return text;
}

void write_file(const fs::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

AtomicFile::AtomicFile(fs::path path) : path_(std::move(path)), temporary_(path_) {
  temporary_ += cat(".tmp.", ::getpid());
  file_ = std::fopen(temporary_.c_str(), "wb");
  if (!file_) fail_errno("write", path_);
}

AtomicFile::~AtomicFile() {
  if (!file_) return;
  std::fclose(file_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::write(const void* bytes, size_t count) {
  if (count != 0 && std::fwrite(bytes, 1, count, file_) != count) fail_errno("write", path_);
}

void AtomicFile::commit() {
  if (std::fflush(file_) != 0 || ::fsync(::fileno(file_)) != 0) fail_errno("write", path_);
  const int closed = std::fclose(file_);
  file_ = nullptr;
  if (closed != 0 || ::rename(temporary_.c_str(), path_.c_str()) != 0) {
    ::unlink(temporary_.c_str());
    fail_errno("write", path_);
  }
  sync_folder(path_.parent_path());
}

void check_new_directory(const fs::path& path) {
  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  if (status.type() == fs::file_type::not_found) return;
  if (status.type() != fs::file_type::directory) fail(path.string(), " is there already and is no directory; choose another directory to write to");
  const bool empty = fs::is_empty(path, code);
  if (code) fail("cannot read ", path.string(), ": ", code.message());
  if (!empty) fail(path.string(), " exists and is not empty; choose another directory to write to");
}

void write_directory(const fs::path& named, const std::function<void(const fs::path&)>& fill) {
  const fs::path path = named_in_its_folder(named);
  fs::path temporary = path;
  temporary += cat(".tmp.", ::getpid());
  std::error_code ignored;
  fs::remove_all(temporary, ignored);
  std::error_code code;
  fs::create_directories(temporary, code);
  if (code) fail("cannot create ", temporary.string(), ": ", code.message());
  try {
    fill(temporary);
    sync_folder(temporary);
  } catch (...) {
    fs::remove_all(temporary, ignored);
    throw;
  }
  fs::path old = path;
  old += cat(".old.", ::getpid());
  const bool replaces = fs::exists(path);
  if (replaces && fs::equivalent(path, ".", code)) return move_entries(temporary, path);
  const auto give_up = [&](std::string_view verb) {
    const int why = errno;
    fs::remove_all(temporary, ignored);
    errno = why;
    fail_errno(verb, path);
  };
  if (replaces && ::rename(path.c_str(), old.c_str()) != 0) give_up("replace");
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const int why = errno;
    if (replaces) fs::rename(old, path, ignored);
    errno = why;
    give_up("write");
  }
  sync_folder(path.parent_path());
  if (replaces) fs::remove_all(old, ignored);
}

MappedFile::MappedFile(const fs::path& path) {
  Descriptor file{-1};
  const size_t size = open_regular(path, file);
  if (size == 0) return;
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.fd, 0);
  if (address == MAP_FAILED) fail_errno("map", path);
  owner_ = std::shared_ptr<void>(address, [size](void* p) { ::munmap(p, size); });
  bytes_ = {static_cast<const std::byte*>(address), size};
}

FileLock::FileLock(const fs::path& path) : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
  if (fd_ < 0) fail_errno("lock", path);
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    char holder[32] = {};
    const ssize_t got = ::read(fd_, holder, sizeof holder - 1);
    ::close(fd_);
    fd_ = -1;
    fail(path.parent_path().string(), " is in use by another process", got > 0 ? cat(" (pid ", std::string_view(holder, static_cast<size_t>(got)), ")") : "",
         "; wait for it, stop it, or choose another --out");
  }
  const std::string pid = std::to_string(::getpid());
  if (::ftruncate(fd_, 0) != 0 || ::write(fd_, pid.data(), pid.size()) < 0) {
    // The lock itself holds; the number only makes the sentence above more helpful.
  }
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace gimbal
