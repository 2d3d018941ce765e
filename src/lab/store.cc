// The store on SQLite.
#include "lab/store.h"

#include <sqlite3.h>

#include <chrono>
#include <cmath>
#include <ctime>
#include <limits>

#include "core/build.h"
#include "core/error.h"
#include "train/machine.h"

namespace gimbal::lab {
namespace {

constexpr int kStoreVersion = 1;
constexpr const char* kTables = R"(
  CREATE TABLE IF NOT EXISTS cells(
    id INTEGER PRIMARY KEY, experiment TEXT NOT NULL, edition INTEGER NOT NULL, settings TEXT NOT NULL, label TEXT NOT NULL, seed INTEGER NOT NULL,
    seconds REAL, finished TEXT, commit_id TEXT, machine TEXT, UNIQUE(experiment, edition, settings, seed));
  CREATE TABLE IF NOT EXISTS numbers(cell INTEGER NOT NULL REFERENCES cells(id), name TEXT NOT NULL, value REAL, PRIMARY KEY(cell, name)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS curves(
    cell INTEGER NOT NULL REFERENCES cells(id), name TEXT NOT NULL, place INTEGER NOT NULL, value REAL, PRIMARY KEY(cell, name, place)) WITHOUT ROWID;
)";

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

// Keys in alphabetical order: the same settings are the same cell in whatever order an experiment names them.
std::string identity(const Json& settings) { return nlohmann::json(settings).dump(); }

}  // namespace

struct Store::Database {
  sqlite3* handle = nullptr;
  std::string path;

  ~Database() { sqlite3_close(handle); }
  [[noreturn]] void refuse() const { fail("the lab's store '", path, "': ", sqlite3_errmsg(handle)); }
  void run(const char* sql) const {
    if (sqlite3_exec(handle, sql, nullptr, nullptr, nullptr) != SQLITE_OK) refuse();
  }
};

namespace {

/// One prepared statement with its parameters bound in order.
class SqlStatement {
 public:
  SqlStatement(sqlite3* db, const std::string& path, std::string_view sql) : db_(db), path_(path) {
    const char* behind = nullptr;
    if (sqlite3_prepare_v2(db, sql.data(), static_cast<int>(sql.size()), &statement_, &behind) != SQLITE_OK) refuse();
    rest_ = std::string_view(behind, static_cast<size_t>(sql.data() + sql.size() - behind));
  }
  ~SqlStatement() { sqlite3_finalize(statement_); }
  SqlStatement(const SqlStatement&) = delete;
  SqlStatement& operator=(const SqlStatement&) = delete;

  SqlStatement& bind(const std::string& value) { return done(sqlite3_bind_text(statement_, ++bound_, value.c_str(), -1, SQLITE_TRANSIENT)); }
  SqlStatement& bind(int64_t value) { return done(sqlite3_bind_int64(statement_, ++bound_, value)); }
  SqlStatement& bind(double value) {
    return done(std::isnan(value) ? sqlite3_bind_null(statement_, ++bound_) : sqlite3_bind_double(statement_, ++bound_, value));
  }
  /// False at the end.
  bool next() {
    const int state = sqlite3_step(statement_);
    if (state == SQLITE_ROW) return true;
    if (state != SQLITE_DONE) refuse();
    return false;
  }
  void run_again() {
    next();
    sqlite3_reset(statement_);
    bound_ = 0;
  }
  int columns() const { return sqlite3_column_count(statement_); }
  std::string name(int i) const { return sqlite3_column_name(statement_, i); }
  std::string text(int i) const {
    const auto* t = reinterpret_cast<const char*>(sqlite3_column_text(statement_, i));
    return t ? t : "";
  }
  int64_t integer(int i) const { return sqlite3_column_int64(statement_, i); }
  double real(int i) const {
    return sqlite3_column_type(statement_, i) == SQLITE_NULL ? std::numeric_limits<double>::quiet_NaN() : sqlite3_column_double(statement_, i);
  }
  /// What stands behind the statement.
  std::string_view rest() const { return rest_; }
  bool only_reads() const { return statement_ && sqlite3_stmt_readonly(statement_); }

 private:
  [[noreturn]] void refuse() const { fail("the lab's store '", path_, "': ", sqlite3_errmsg(db_)); }
  SqlStatement& done(int state) {
    if (state != SQLITE_OK) refuse();
    return *this;
  }

  sqlite3* db_;
  const std::string& path_;
  sqlite3_stmt* statement_ = nullptr;
  std::string_view rest_;
  int bound_ = 0;
};

}  // namespace

Store::Store(const fs::path& file, Access access) : db_(std::make_unique<Database>()) {
  db_->path = file.string();
  const bool writes = access == Access::kWrite;
  if (writes && file.has_parent_path()) fs::create_directories(file.parent_path());
  const int flags = writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  if (sqlite3_open_v2(file.c_str(), &db_->handle, flags, nullptr) != SQLITE_OK) db_->refuse();
  sqlite3_limit(db_->handle, SQLITE_LIMIT_ATTACHED, 0);  // one statement could make another file, and be said to only read
  sqlite3_busy_timeout(db_->handle, 10000);
  int64_t version = 0;
  {
    SqlStatement read(db_->handle, db_->path, "PRAGMA user_version");
    if (read.next()) version = read.integer(0);
  }
  if (version > kStoreVersion) fail("the lab's store '", db_->path, "' was written by a newer gimbal (version ", version, ")");
  if (!writes) return;
  db_->run("PRAGMA journal_mode=WAL");
  db_->run(kTables);
  db_->run("PRAGMA user_version=1");
}

Store::~Store() = default;

namespace {

Measured read_measured(sqlite3* db, const std::string& path, int64_t cell) {
  Measured m;
  SqlStatement numbers(db, path, "SELECT name, value FROM numbers WHERE cell = ?");
  for (numbers.bind(cell); numbers.next();) m.numbers[numbers.text(0)] = numbers.real(1);
  SqlStatement curves(db, path, "SELECT name, value FROM curves WHERE cell = ? ORDER BY name, place");
  for (curves.bind(cell); curves.next();) m.curves[curves.text(0)].push_back(curves.real(1));
  return m;
}

}  // namespace

std::optional<Result> Store::find(const Experiment& e, const Cell& cell) const {
  SqlStatement s(db_->handle, db_->path, "SELECT id, seconds FROM cells WHERE experiment = ? AND edition = ? AND settings = ? AND seed = ?");
  s.bind(std::string(e.name)).bind(int64_t{e.edition}).bind(identity(cell.settings)).bind(cell.seed);
  if (!s.next()) return std::nullopt;
  return Result{cell, read_measured(db_->handle, db_->path, s.integer(0)), s.real(1)};
}

std::vector<Result> Store::all(const Experiment& e) const {
  std::vector<Result> results;
  SqlStatement s(db_->handle, db_->path, "SELECT id, settings, seed, seconds FROM cells WHERE experiment = ? AND edition = ? ORDER BY id");
  for (s.bind(std::string(e.name)).bind(int64_t{e.edition}); s.next();)
    results.push_back(
        {{parse_json(s.text(1), "settings of a stored cell"), s.integer(2)}, read_measured(db_->handle, db_->path, s.integer(0)), s.real(3)});
  return results;
}

void Store::add(const Experiment& e, const Result& result) {
  db_->run("BEGIN IMMEDIATE");
  try {
    SqlStatement cell(db_->handle, db_->path,
                      "INSERT OR IGNORE INTO cells(experiment, edition, settings, label, seed, seconds, finished, commit_id, machine) "
                      "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)");
    cell.bind(std::string(e.name)).bind(int64_t{e.edition}).bind(identity(result.cell.settings)).bind(label_of(result.cell.settings));
    cell.bind(result.cell.seed).bind(result.seconds).bind(now_text()).bind(std::string(build_commit())).bind(processor_name());
    cell.next();
    if (sqlite3_changes(db_->handle) == 1) {
      const int64_t id = sqlite3_last_insert_rowid(db_->handle);
      SqlStatement number(db_->handle, db_->path, "INSERT INTO numbers VALUES(?, ?, ?)");
      for (const auto& [name, value] : result.measured.numbers) number.bind(id).bind(name).bind(value).run_again();
      SqlStatement point(db_->handle, db_->path, "INSERT INTO curves VALUES(?, ?, ?, ?)");
      for (const auto& [name, values] : result.measured.curves)
        for (size_t i = 0; i < values.size(); ++i) point.bind(id).bind(name).bind(static_cast<int64_t>(i)).bind(values[i]).run_again();
    }
    db_->run("COMMIT");
  } catch (...) {
    sqlite3_exec(db_->handle, "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

Table Store::query(const std::string& sql) const {
  SqlStatement s(db_->handle, db_->path, sql);
  if (!s.only_reads()) fail("a query only reads: '", sql, "' would change the store, or is empty");
  if (s.rest().find_first_not_of(" \t\r\n;") != std::string_view::npos)
    fail("a query is one statement, and behind the first ';' stands '", s.rest(), "'");
  Table table;
  for (int i = 0; i < s.columns(); ++i) table.columns.push_back(s.name(i));
  while (s.next()) {
    auto& row = table.rows.emplace_back();
    for (int i = 0; i < s.columns(); ++i) row.push_back(s.text(i));
  }
  return table;
}

}  // namespace gimbal::lab
