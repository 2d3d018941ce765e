// From a file to its records: which format it is, and the walk through its lines.
#include "data/tasks/read_records.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/error.h"
#include "core/json.h"
#include "data/tasks/shapes.h"
#include "data/tasks/table.h"
#include "data/tasks/word_columns.h"

namespace gimbal {
namespace {

template <size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& choices) {
  return std::ranges::find(choices, word) != choices.end();
}

constexpr std::array<std::string_view, 3> kJsonExtensions = {".jsonl", ".ndjson", ".json"};
constexpr std::array<std::string_view, 5> kColumnExtensions = {".conll", ".bio", ".iob", ".iob2", ".txt"};
constexpr std::array<std::string_view, 7> kCompressed = {".gz", ".zst", ".xz", ".bz2", ".zip", ".tar", ".7z"};

// Hugging Face writes classes as numbers, and what the numbers are called into the file's description.
constexpr std::string_view kFromParquet =
    "import json,sys,pyarrow.parquet as q; t=q.read_table(sys.argv[1]); "
    "f=json.loads((t.schema.metadata or {}).get(b'huggingface',b'{}')).get('info',{}).get('features',{}); "
    "n={k:(v.get('feature') or v).get('names') for k,v in f.items() if isinstance(v,dict)}; "
    "w=lambda x,m:[w(y,m) for y in x] if isinstance(x,list) else m[x] if m and isinstance(x,int) and x>=0 else x; "
    "open(sys.argv[2],'w',encoding='utf-8').writelines(json.dumps({k:w(v,n.get(k)) for k,v in r.items()},"
    "ensure_ascii=False,default=str)+'\\n' for r in t.to_pylist())";

std::string content(const fs::path& path) {
  const std::string extension = path.extension().string();
  if (extension == ".parquet")
    fail(path.string(),
         " is a Parquet file; turn it into lines of JSON first, with the names of classes that Hugging Face's files carry: python3 -c \"",
         kFromParquet, "\" ", path.string(), " ", fs::path(path).replace_extension(".jsonl").string());
  if (is_one_of(extension, kCompressed)) fail(path.string(), " is compressed or an archive; unpack it first");
  std::string text = read_text_file(path);
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
}

Json parse_object(std::string_view text) {
  if (Json value = parse_json_or_discard(text); !value.is_discarded()) return value;
  try {
    const Json deep = Json::parse(text);
  } catch (const Json::parse_error& e) {
    fail("that is not valid JSON at byte ", e.byte, " of it");
  }
  fail("that is nested deeper than any record is");
}

// JSON: a walk over objects that names each one's place while it is in hand.
enum class Walk : uint8_t { kOn, kStop };
using TakeObject = std::function<Walk(Json&& object, const std::string& place)>;

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r\n") == std::string_view::npos; }

void each_line_object(std::string_view text, const std::string& name, const TakeObject& take) {
  int64_t number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (is_blank(line)) continue;
    const std::string place = cat(name, " line ", number);
    Json object;
    {
      const Context context("reading " + place);
      object = parse_object(line);
    }
    if (take(std::move(object), place) == Walk::kStop) return;
  }
}

// Lines of objects, rather than one value over several lines: the first line is a whole object, and it is no wrapper of all the data.
bool is_json_lines(std::string_view text, const fs::path& path) {
  if (path.extension() != ".json") return true;
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || text[begin] != '{') return false;
  const std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
  const Json first = parse_json_or_discard(line);
  return first.is_object() && !(first.contains("data") && first.at("data").is_array());
}

void each_object(std::string_view text, const fs::path& path, const TakeObject& take) {
  const std::string name = path.string();
  if (is_json_lines(text, path)) return each_line_object(text, name, take);
  Json document = parse_json(text, name);
  Json& list = document.is_object() && document.contains("data") ? document.at("data") : document;
  if (list.is_object() && any_shape_of(list)) return void(take(std::move(list), name));
  if (!list.is_array()) fail(name, " is none of the forms that are read: a list of objects, {\"data\": [objects]}, one object a line, or one object");
  for (size_t i = 0; i < list.size(); ++i)
    if (take(std::move(list[i]), cat(name, " record ", i + 1)) == Walk::kStop) return;
}

// SQuAD's articles: paragraphs with their questions.
bool is_squad_article(const Json& object) { return object.is_object() && object.contains("paragraphs"); }

void read_squad_article(const Json& article, Sink& sink) {
  const auto list = [](const Json& object, const char* key) -> const Json& {
    if (!object.is_object() || !object.contains(key) || !object.at(key).is_array()) fail("SQuAD's \"", key, "\" list is missing");
    return object.at(key);
  };
  for (const Json& paragraph : list(article, "paragraphs")) {
    const std::string passage = string_field(paragraph, "context");
    for (const Json& qa : list(paragraph, "qas")) {
      Record record;
      record.texts = {string_field(qa, "question"), passage};
      if (qa.contains("id") && qa.at("id").is_string()) record.id = qa.at("id").get<std::string>();
      const Context context(cat("reading question ", record.id.empty() ? record.texts[0] : record.id));
      record.labelled = qa.contains("answers");
      const bool impossible = qa.contains("is_impossible") && qa.at("is_impossible") == true;
      if (record.labelled && !impossible) record.answers = read_answers(qa.at("answers"), passage);
      sink.put(std::move(record));
    }
  }
}

// PIQA keeps its labels, a number a line, in a file beside: train.jsonl and train-labels.lst.
std::vector<std::string> labels_beside(const fs::path& path) {
  const fs::path beside = path.parent_path() / (path.stem().string() + "-labels.lst");
  if (!fs::is_regular_file(beside)) return {};
  const std::string text = read_text_file(beside);
  TableRows rows(text, TableRows::Kind::kTabs);
  std::vector<std::string> labels;
  while (const auto row = rows.next()) labels.push_back(row->front());
  return labels;
}

void read_json(std::string_view text, const fs::path& path, Sink& sink) {
  const Shape* shape = nullptr;
  const std::vector<std::string> labels = labels_beside(path);
  size_t number = 0;
  each_object(text, path, [&](Json&& object, const std::string& place) {
    const Context context("reading " + place);
    sink.place = place;
    if (is_squad_article(object)) {
      if (sink.task.kind != TaskKind::kSpan)
        fail("there are SQuAD's questions, but the task ", sink.task.name, " is of the kind ", kind_name(sink.task.kind));
      sink.summary.format = "SQuAD";
      read_squad_article(object, sink);
      return Walk::kOn;
    }
    if (!labels.empty() && object.is_object() && !object.contains("label")) {
      if (number >= labels.size()) fail("there are only ", labels.size(), " lines in the file of labels beside it");
      object["label"] = labels[number++];
    }
    if (!shape || !object.is_object() || !shape->fits(object)) shape = &shape_of(object, sink.task);
    if (sink.summary.format.empty()) sink.summary.format = shape->says;
    shape->read(object, sink);
    return Walk::kOn;
  });
  if (number > 0 && number < labels.size())
    fail(path.string(), " has ", number, number == 1 ? " record" : " records", ", but the file of labels beside it has ", labels.size(), " lines");
}

// Tables.

bool is_flag(const std::string& field) { return field == "0" || field == "1"; }
bool is_digits(const std::string& field) {
  return !field.empty() && std::ranges::all_of(field, [](char c) { return c >= '0' && c <= '9'; });
}

// The columns of two files that come without a header.
std::optional<std::vector<std::string>> header_of_bare_rows(const std::vector<std::string>& row) {
  if (row.size() != 4) return std::nullopt;
  if (is_flag(row[1]) && (row[2].empty() || row[2] == "*")) return std::vector<std::string>{"source", "label", "star", "sentence"};  // CoLA
  if (is_flag(row[0]) && is_digits(row[3])) return std::vector<std::string>{"is_duplicate", "question1", "question2", "id"};         // Quora
  return std::nullopt;
}

constexpr uint64_t kShortRowsPerHundred = 1;

void read_table(std::string_view text, const fs::path& path, TableRows::Kind kind, Sink& sink) {
  const std::string name = path.string();
  const Context whole("reading " + name);
  TableRows rows(text, kind);
  auto row = rows.next();
  if (!row) return;
  std::vector<std::string> header = *row;
  if (auto known = header_of_bare_rows(header)) {
    header = *known;
    sink.summary.format = "columns " + joined(header);
  } else {
    row = rows.next();
  }
  const Shape* shape = nullptr;
  uint64_t total = 0, short_rows = 0;
  int64_t first_short = 0;
  for (; row; row = rows.next()) {
    ++total;
    const Context context(cat("reading line ", rows.line()));
    // QQP's training file has a few rows that lack columns; every reader of it leaves them out.
    if (row->size() < header.size() && kind == TableRows::Kind::kTabs) {
      if (short_rows++ == 0) first_short = rows.line();
      continue;
    }
    if (row->size() != header.size()) fail("there are ", row->size(), " columns, but the header has ", header.size());
    Json object = Json::object();
    for (size_t i = 0; i < header.size(); ++i) object[header[i]] = std::move((*row)[i]);
    if (!shape) shape = &shape_of(object, sink.task);
    sink.place = cat(name, " line ", rows.line());
    shape->read(object, sink);
  }
  if (short_rows * 100 > total * kShortRowsPerHundred)
    fail("line ", first_short, " has fewer columns than the header (", header.size(), "), and ", short_rows - 1, " more have");
  sink.summary.skipped += short_rows;
  if (shape && sink.summary.format.empty()) sink.summary.format = shape->says;
}

// CNN / Daily Mail.
void read_story(std::string_view text, const fs::path& path, Sink& sink) {
  constexpr std::string_view kMark = "@highlight";
  const auto trimmed = [](std::string_view part) {
    const size_t begin = part.find_first_not_of(" \r\n"), end = part.find_last_not_of(" \r\n");
    return begin == std::string_view::npos ? std::string() : std::string(part.substr(begin, end - begin + 1));
  };
  sink.summary.format = "an article and its highlights";
  Record record;
  record.id = path.stem().string();
  size_t mark = std::min(text.find(kMark), text.size());
  record.texts = {trimmed(text.substr(0, mark))};
  std::string summary;
  while (mark < text.size()) {
    const size_t begin = mark + kMark.size();
    mark = std::min(text.find(kMark, begin), text.size());
    if (const std::string line = trimmed(text.substr(begin, mark - begin)); !line.empty()) summary += (summary.empty() ? "" : "\n") + line;
  }
  record.labelled = !summary.empty();
  if (record.labelled) record.references = {summary};
  const Context context("reading " + path.string());
  sink.place = path.string();
  if (sink.task.kind != TaskKind::kTextToText)
    fail("that is an article with its summary, but the task ", sink.task.name, " is of the kind ", kind_name(sink.task.kind));
  sink.put(std::move(record));
}

void read_columns(const std::string& text, const fs::path& path, Sink& sink) {
  const Context context("reading " + path.string());
  const bool universal = path.extension() == ".conllu";
  if (sink.task.kind != TaskKind::kTokens)
    fail(universal ? "CoNLL-U holds words with tags" : "files of this extension are read as columns of words and tags", ", but the task ",
         sink.task.name, " is of the kind ", kind_name(sink.task.kind), "; lines of JSON go into a .jsonl file");
  sink.summary.format = universal ? "CoNLL-U" : "columns of words and tags";
  sink.place = path.string();
  universal ? read_conllu(text, sink) : read_word_columns(text, sink);
}

fs::path named_file(const fs::path& folder, std::initializer_list<std::string_view> stems) {
  constexpr std::string_view kExtensions[] = {".jsonl", ".ndjson", ".json", ".tsv",  ".csv", ".conllu",
                                              ".conll", ".bio",    ".iob",  ".iob2", ".txt", ".story"};
  for (const std::string_view stem : stems)
    for (const std::string_view extension : kExtensions)
      if (const fs::path path = folder / cat(stem, extension); fs::is_regular_file(path)) return path;
  return {};
}

// CNN / Daily Mail comes as a folder of articles, in the order of their names here.
std::vector<fs::path> stories_in(const fs::path& folder) {
  std::vector<fs::path> stories;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".story") stories.push_back(entry.path());
  std::ranges::sort(stories);
  return stories;
}

}  // namespace

ReadSummary read_records(const fs::path& path, const Task& task, Unlabelled unlabelled, const std::function<void(Record&&)>& take) {
  const std::string text = content(path), extension = path.extension().string();
  Sink sink{task, unlabelled, take};
  if (is_one_of(extension, kJsonExtensions))
    read_json(text, path, sink);
  else if (extension == ".tsv" || extension == ".csv")
    read_table(text, path, extension == ".tsv" ? TableRows::Kind::kTabs : TableRows::Kind::kCommas, sink);
  else if (extension == ".conllu" || is_one_of(extension, kColumnExtensions))
    read_columns(text, path, sink);
  else if (extension == ".story")
    read_story(text, path, sink);
  else
    fail(path.string(),
         " is of no known kind; labelled records are read from .jsonl, .json, .tsv, .csv, .conllu, .conll, .txt (words and tags) and .story");
  if (sink.summary.records == 0) fail(path.string(), " holds no labelled records");
  return sink.summary;
}

std::vector<Record> read_records(const fs::path& path, const Task& task, Unlabelled unlabelled) {
  std::vector<Record> records;
  read_records(path, task, unlabelled, [&](Record&& record) { records.push_back(std::move(record)); });
  return records;
}

TaskKind kind_of_records(const fs::path& path) {
  const std::string text = content(path), extension = path.extension().string();
  if (extension == ".conllu" || is_one_of(extension, kColumnExtensions)) return TaskKind::kTokens;
  if (extension == ".story") return TaskKind::kTextToText;
  const auto kind_of = [&](const Json& object, const std::string& place) {
    if (is_squad_article(object)) return TaskKind::kSpan;
    const Shape* shape = any_shape_of(object);
    if (!shape) fail(place, " has none of the shapes of labelled records; say what it is for with --task, which then names what is missing");
    const bool number = shape->kind == TaskKind::kClassify && object.contains("score");
    return number ? TaskKind::kRegress : shape->kind;
  };
  if (extension == ".tsv" || extension == ".csv") {
    TableRows rows(text, extension == ".tsv" ? TableRows::Kind::kTabs : TableRows::Kind::kCommas);
    const auto first = rows.next();
    if (!first) fail(path.string(), " holds no labelled records");
    Json object = Json::object();
    for (const std::string& column : header_of_bare_rows(*first).value_or(*first)) object[column] = "";
    return kind_of(object, cat(path.string(), " line 1"));
  }
  if (!is_one_of(extension, kJsonExtensions)) fail(path.string(), " is of no known kind of labelled records");
  std::optional<TaskKind> kind;
  each_object(text, path, [&](Json&& object, const std::string& place) {
    kind = kind_of(object, place);
    return Walk::kStop;
  });
  if (!kind) fail(path.string(), " holds no labelled records");
  return *kind;
}

TaskFiles find_task_files(const fs::path& path) {
  std::error_code unreadable;
  if (!fs::exists(path, unreadable)) fail("there is no data at ", path.string());
  if (!fs::is_directory(path, unreadable)) return {{path}, {}, {}};
  TaskFiles files;
  const auto add = [&](std::vector<fs::path>& to, std::initializer_list<std::string_view> stems) {
    if (fs::path found = named_file(path, stems); !found.empty()) to.push_back(std::move(found));
  };
  add(files.train, {"train"});
  add(files.valid, {"valid", "validation", "val", "dev", "dev_matched"});
  add(files.test, {"test"});
  const auto found = [&] { return !files.train.empty() || !files.valid.empty() || !files.test.empty(); };
  if (!found()) files.train = stories_in(path);
  if (!found()) fail(path.string(), " holds no train, valid (or dev) or test file of labelled records, such as train.jsonl or dev.tsv");
  return files;
}

}  // namespace gimbal
