// Files to records: which format a file is, where an error is, which files a path means.
#include "data/tasks/read_records.h"

#include "data/tasks/file_for_tests.h"

namespace gimbal {
namespace {

using ReadRecords = Files;

TEST_F(ReadRecords, TakesTheGlueTablesAsTheyAre) {
  const auto sst = read("sst.tsv", "sentence\tlabel\na fine day \t1\n\"quite\" dull\t0\n", "sst2");
  ASSERT_EQ(sst.size(), 2u);
  EXPECT_EQ(sst[0].label, "positive");
  EXPECT_EQ(sst[1].texts, std::vector<std::string>{"\"quite\" dull"});
  EXPECT_EQ(sst[1].id, "1");

  const auto cola = read("cola.tsv", "gj04\t1\t\tThe boat sank.\ngj04\t0\t*\tThe boat sank it the.\r\n", "cola");
  EXPECT_EQ(cola[0].label, "acceptable");
  EXPECT_EQ(cola[1].label, "unacceptable");
  EXPECT_EQ(cola[1].texts[0], "The boat sank it the.");

  const auto mrpc = read("m.tsv", "\xEF\xBB\xBFQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t7\t8\tHe left .\tHe went .\n", "mrpc");
  EXPECT_EQ(mrpc[0].label, "equivalent");
  EXPECT_EQ(mrpc[0].texts, (std::vector<std::string>{"He left .", "He went ."}));

  const auto sts = read("s.tsv", "index\tgenre\tsentence1\tsentence2\tscore\n4\tnews\ta\tb\t3.25\n", "stsb");
  EXPECT_EQ(sts[0].number, 3.25);
  EXPECT_EQ(sts[0].id, "4");

  const auto qqp = read("q.tsv", "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n9\t1\t2\tHow old?\tWhat age?\t1\n", "qqp");
  EXPECT_EQ(qqp[0].label, "duplicate");
  const auto quora = read("quora.tsv", "1\tHow old ?\tWhat age ?\t50018\n0\tWho ?\tWhen ?\t50019\n", "qqp");
  ASSERT_EQ(quora.size(), 2u);
  EXPECT_EQ(quora[0].id, "50018");
  EXPECT_EQ(quora[1].label, "not_duplicate");

  const auto mnli =
      read("mnli.tsv", "index\tpairID\tsentence1\tsentence2\tlabel1\tgold_label\n0\t63n\tIt rains.\tIt is wet.\tneutral\tentailment\n", "mnli");
  EXPECT_EQ(mnli[0].label, "entailment");
  EXPECT_EQ(mnli[0].id, "63n");
  EXPECT_EQ(read("qnli.tsv", "index\tquestion\tsentence\tlabel\n0\tWho?\tHe.\tnot_entailment\n", "qnli")[0].texts[0], "Who?");
}

TEST_F(ReadRecords, LeavesOutTheFewShortRowsOfALongTableOnly) {
  std::string table = "sentence\tlabel\n";
  for (int i = 0; i < 150; ++i) table += "good\t1\n";
  const auto path = write("long.tsv", table + "cut off\n");
  const ReadSummary summary = read_records(path, task_named("sst2"), Unlabelled::kRefuse, [](Record&&) {});
  EXPECT_EQ(summary.records, 150u);
  EXPECT_EQ(summary.skipped, 1u);
  expect_says(error("short.tsv", "sentence\tlabel\ngood\t1\ncut off\n", "sst2"), {"short.tsv", "line 3 has fewer columns"});
}

TEST_F(ReadRecords, ReadsSquadByCharactersWhateverTheScript) {
  const std::string nested = R"({"version": "2.0", "data": [{"title": "T", "paragraphs": [{"context": "Zoë ate 寿司 🍣 in 東京.", "qas": [
    {"id": "q1", "question": "Where?", "answers": [{"text": "東京", "answer_start": 16}]},
    {"id": "q2", "question": "What?", "is_impossible": false, "answers": [{"text": "寿司 🍣", "answer_start": 8}, {"text": "寿司", "answer_start": 8}]},
    {"id": "q3", "question": "Why?", "is_impossible": true, "answers": [], "plausible_answers": [{"text": "Zoë", "answer_start": 0}]}]}]}]})";
  const auto records = read("squad.json", nested, "squad2");
  ASSERT_EQ(records.size(), 3u);
  for (const Record& r : records)
    for (const Answer& a : r.answers) EXPECT_EQ(r.texts[1].substr(a.begin, a.end - a.begin), a.text);
  EXPECT_EQ(records[0].id, "q1");
  EXPECT_EQ(records[0].answers[0].text, "東京");
  EXPECT_EQ(records[1].answers.size(), 2u);
  EXPECT_TRUE(records[2].labelled);
  EXPECT_TRUE(records[2].answers.empty());
  EXPECT_EQ(kind_of_records(folder_ / "squad.json"), TaskKind::kSpan);

  const auto flat =
      read("flat.json", R"({"data": [{"question": "Who?", "context": "é Mia", "answers": {"text": ["Mia"], "answer_start": [2]}}]})", "squad");
  EXPECT_EQ(flat[0].answers[0].begin, 3u);
}

TEST_F(ReadRecords, TellsJsonFormsApart) {
  const std::string one = R"({"text": "a", "label": "x"})", two = R"({"text": "b", "label": "y"})";
  for (const auto& [name, text] : {std::pair{"lines.json", one + "\n" + two + "\n"},
                                   {"array.json", "[" + one + ",\n" + two + "]"},
                                   {"data.json", "{\"data\": [" + one + "," + two + "]}"},
                                   {"lines.jsonl", one + "\n\n" + two}}) {
    const auto records = read(name, text, "classify");
    ASSERT_EQ(records.size(), 2u) << name;
    EXPECT_EQ(records[1].label, "y");
  }
  EXPECT_EQ(read("one.json", "{\n  \"text\": \"a\",\n  \"label\": \"x\"\n}", "classify")[0].label, "x");
}

TEST_F(ReadRecords, ReadsSwagFromCsv) {
  const auto records = read("swag.csv",
                            ",video-id,sent1,sent2,ending0,ending1,ending2,ending3,label\n"
                            "0,v,\"She smiles, slowly.\",She,\"says \"\"hi\"\".\",sleeps.,flies.,melts.,2\n",
                            "swag");
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].texts[0], "She smiles, slowly.");
  EXPECT_EQ(records[0].choices[0], "She says \"hi\".");
  EXPECT_EQ(records[0].choice, 2);
}

TEST_F(ReadRecords, ReadsPiqaWithItsLabelsBeside) {
  write("train-labels.lst", "1\n0\n");
  const std::string lines = R"({"goal": "open", "sol1": "push", "sol2": "pull"})"
                            "\n"
                            R"({"goal": "close", "sol1": "pull", "sol2": "push"})";
  const auto records = read("train.jsonl", lines, "piqa");
  EXPECT_EQ(records[0].choice, 1);
  EXPECT_EQ(records[1].choice, 0);
  write("train-labels.lst", "1\n0\n1\n");
  expect_says(error("train.jsonl", lines, "piqa"), {"2 records", "3 lines"});
  write("train-labels.lst", "1\n");
  expect_says(error("train.jsonl", lines, "piqa"), {"line 2", "only 1 lines"});
}

TEST_F(ReadRecords, RemembersWhereARecordWasRead) {
  EXPECT_TRUE(read("a.tsv", "sentence\tlabel\nx\t1\n\ny\t0\n", "sst2")[1].place.ends_with("a.tsv line 4"));
  EXPECT_TRUE(read("a.jsonl", "\n{\"text\": \"x\", \"label\": 1}\n", "sst2")[0].place.ends_with("a.jsonl line 2"));
  EXPECT_TRUE(read("a.json", R"([{"text": "x", "label": 1}])", "sst2")[0].place.ends_with("a.json record 1"));
}

TEST_F(ReadRecords, ReadsNewsStories) {
  const auto records = read("news.story", "It rained.\n\nAll day.\n\n@highlight\n\nRain fell\n\n@highlight\n\nIt was long\n", "summarize");
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].texts[0], "It rained.\n\nAll day.");
  EXPECT_EQ(records[0].references[0], "Rain fell\nIt was long");
  EXPECT_EQ(records[0].id, "news");
}

TEST_F(ReadRecords, PassesOverPairsWithoutAMajority) {
  const std::string lines = R"({"sentence1": "a", "sentence2": "b", "gold_label": "-"})"
                            "\n"
                            R"({"sentence1": "a", "sentence2": "c", "gold_label": "neutral"})";
  const ReadSummary summary = read_records(write("snli.jsonl", lines), task_named("snli"), Unlabelled::kRefuse, [](Record&&) {});
  EXPECT_EQ(summary.records, 1u);
  EXPECT_EQ(summary.skipped, 1u);
  const std::string_view copy = R"([{"premise": "a", "hypothesis": "b", "label": -1}, {"premise": "a", "hypothesis": "c", "label": 0}])";
  EXPECT_EQ(read_records(write("copy.json", copy), task_named("snli"), Unlabelled::kRefuse, [](Record&&) {}).skipped, 1u);
  const auto kept = read("copy.json", copy, "snli", Unlabelled::kKeep);
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_FALSE(kept[0].labelled);
}

TEST_F(ReadRecords, KeepsUnlabelledRecordsForPredictionsOnly) {
  const std::string line = R"({"text": "what is this"})";
  EXPECT_FALSE(read("u.jsonl", line, "classify", Unlabelled::kKeep)[0].labelled);
  EXPECT_FALSE(read("minus.tsv", "sentence\tlabel\nhm\t-1\n", "sst2", Unlabelled::kKeep)[0].labelled);
  EXPECT_EQ(read("own.tsv", "sentence\tlabel\nhm\t-1\n", "classify")[0].label, "-1");
  EXPECT_EQ(read("own.jsonl", R"({"text": "hm", "score": -1})", "regress")[0].number, -1);
  expect_says(error("u.jsonl", line, "classify"), {"u.jsonl line 1", "there is no label"});
}

TEST_F(ReadRecords, NamesFileAndLineOfWhatIsWrong) {
  const std::string good = R"({"text": "a", "label": "0"})"
                           "\n";
  expect_says(error("a.jsonl", good + "{\"text\": ", "classify"), {"a.jsonl line 2", "not valid JSON"});
  expect_says(error("b.jsonl", good + R"({"text": "a", "label": "maybe"})", "sst2"),
              {"b.jsonl line 2", "\"maybe\" is no label of sst2", "negative, positive"});
  expect_says(error("c.jsonl", good + "[1]", "classify"), {"c.jsonl line 2", "object"});
  expect_says(error("d.jsonl", R"({"foo": 1})", "mnli"), {"d.jsonl line 1", "\"foo\"", "mnli takes", "premise"});
  expect_says(error("e.jsonl", good, "squad"), {"e.jsonl line 1", "\"text\", \"label\"", "squad takes"});
  expect_says(error("f.json", R"([{"text": "a", "label": "x"}, {"text": 5, "label": "x"}])", "classify"),
              {"f.json record 2", "\"text\" must be a string"});
  expect_says(error("g.jsonl", R"({"question": "q", "context": "éab", "answers": {"text": ["ab"], "answer_start": [2]}})", "squad"),
              {"g.jsonl line 1", "\"ab\" does not stand at character 2", "not bytes"});
  expect_says(error("h.csv", "text,label\n\"open,0\n", "classify"), {"h.csv", "line 2", "never closed"});
  expect_says(error("i.csv", "text,label\na,b,c\n", "classify"), {"i.csv", "line 2", "3 columns", "header has 2"});
  expect_says(error("j.conll", "Mia B-PER\nran\n", "tokens"), {"j.conll", "line 2 has 1 column"});
  expect_says(error("k.jsonl", "\n\n", "classify"), {"k.jsonl", "no labelled records"});
  expect_says(error("l.json",
                    R"({"rows": 3})"
                    "\n{",
                    "classify"),
              {"l.json"});
  expect_says(error("m.jsonl", "{\"text\": \"\xff\"}", "classify"), {"m.jsonl"});
  expect_says(error("n.tsv", "sentence1\tsentence2\tscore\na\tb\tmuch\n", "stsb"), {"n.tsv", "line 2", "must be a number", "much"});
}

TEST_F(ReadRecords, SaysHowToConvertWhatItDoesNotRead) {
  expect_says(error("a.parquet", "PAR1", "classify"), {"a.parquet is a Parquet file", "pyarrow", "'names'", "a.jsonl"});
  expect_says(error("a.jsonl.gz", "x", "classify"), {"unpack it first"});
  expect_says(error("a.docx", "x", "classify"), {"of no known kind", ".jsonl"});
}

TEST_F(ReadRecords, KnowsTheKindFromTheFirstRecord) {
  const auto kind = [&](const std::string& name, std::string_view text) { return kind_of_records(write(name, text)); };
  EXPECT_EQ(kind("a.jsonl", R"({"text": "a", "label": 1})"), TaskKind::kClassify);
  EXPECT_EQ(kind("b.jsonl", R"({"sentence1": "a", "sentence2": "b", "score": 1})"), TaskKind::kRegress);
  EXPECT_EQ(kind("c.jsonl", R"({"tokens": ["a"], "tags": ["O"]})"), TaskKind::kTokens);
  EXPECT_EQ(kind("d.jsonl", R"({"question": "q", "context": "c", "answers": []})"), TaskKind::kSpan);
  EXPECT_EQ(kind("e.jsonl", R"({"sent1": "a", "sent2": "b", "ending0": "c", "label": 0})"), TaskKind::kChoice);
  EXPECT_EQ(kind("f.jsonl", R"({"prompt": "a", "completion": "b"})"), TaskKind::kTextToText);
  EXPECT_EQ(kind("g.jsonl", R"({"messages": [{"role": "user", "content": "a"}]})"), TaskKind::kChat);
  EXPECT_EQ(kind("h.jsonl", R"({"query": "a", "positive": "b"})"), TaskKind::kEmbed);
  EXPECT_EQ(kind("i.tsv", "gj04\t1\t\tA boat.\n"), TaskKind::kClassify);
  EXPECT_EQ(kind("j.conllu", "1\ta\ta\tDET\t_\t_\t2\tdet\t_\t_\n"), TaskKind::kTokens);
  EXPECT_THROW(kind("k.jsonl", R"({"foo": 1})"), Error);
  EXPECT_THROW(kind("l.jsonl", "\n"), Error);
}

TEST_F(ReadRecords, FindsTheFilesOfAFolder) {
  EXPECT_THROW(find_task_files(folder_), Error);
  EXPECT_THROW(find_task_files(folder_ / "missing"), Error);
  write("train.tsv", "x");
  write("dev.tsv", "x");
  write("notes.md", "x");
  TaskFiles files = find_task_files(folder_);
  EXPECT_EQ(files.train, std::vector<fs::path>{folder_ / "train.tsv"});
  EXPECT_EQ(files.valid, std::vector<fs::path>{folder_ / "dev.tsv"});
  EXPECT_TRUE(files.test.empty());
  write("test.iob2", "x O\n");
  EXPECT_EQ(find_task_files(folder_).test, std::vector<fs::path>{folder_ / "test.iob2"});
  files = find_task_files(folder_ / "dev.tsv");
  EXPECT_EQ(files.train, std::vector<fs::path>{folder_ / "dev.tsv"});
}

TEST_F(ReadRecords, AFolderOfStoriesIsTheTrainingData) {
  write("b.story", "x");
  write("a.story", "x");
  write("list.txt", "x");
  EXPECT_EQ(find_task_files(folder_).train, (std::vector<fs::path>{folder_ / "a.story", folder_ / "b.story"}));
  write("train.story", "x");
  EXPECT_EQ(find_task_files(folder_).train, std::vector<fs::path>{folder_ / "train.story"});
}

using DocumentShapes = Files;

TEST_F(DocumentShapes, QueriesWithDocumentsAreToBeRanked) {
  const auto lists = read("a.jsonl", R"({"id": 7, "query": "q", "positives": ["p", "r"], "negatives": ["n"]})", "rerank");
  EXPECT_EQ(lists.at(0).texts, (std::vector<std::string>{"q"}));
  EXPECT_EQ(lists.at(0).choices, (std::vector<std::string>{"p", "r", "n"}));
  EXPECT_EQ(lists.at(0).grades, (std::vector<double>{1, 1, 0}));
  const auto one = read("b.tsv", "query\tpassage\tlabel\nq\tp\t2\n", "rerank");
  EXPECT_EQ(one.at(0).choices, (std::vector<std::string>{"p"}));
  EXPECT_EQ(one.at(0).grades, (std::vector<double>{2}));
  const auto graded = read("c.jsonl", R"({"query": "q", "documents": ["p", "r"], "labels": [0, 3]})", "rerank");
  EXPECT_EQ(graded.at(0).grades, (std::vector<double>{0, 3}));
  const auto unknown = read("d.jsonl", R"({"query": "q", "documents": ["p", "r"]})", "rerank", Unlabelled::kKeep);
  EXPECT_FALSE(unknown.at(0).labelled);
  EXPECT_EQ(read("e.jsonl", R"({"query": "q", "positive": "p", "negative": "n"})", "rerank").at(0).grades, (std::vector<double>{1, 0}));
  expect_says(error("f.jsonl", R"({"query": "q", "document": "p", "label": -1})", "rerank"), {"line 1", "must be 0"});
  expect_says(error("g.jsonl", R"({"query": "q", "documents": ["p"], "labels": [1, 0]})", "rerank"), {"as many numbers as there are documents"});
  expect_says(error("h.jsonl", R"({"query": "q", "document": "p"})", "rerank"), {"there is no label"});
  expect_says(error("i.jsonl", R"({"query": "q", "document": "p", "label": 1})", "embed"), {"but the task embed takes"});
}

TEST_F(DocumentShapes, EveryPositiveIsAnAnchorsRecord) {
  const auto records = read("a.jsonl", R"({"query": "q", "positives": ["p", "r"], "negatives": ["n", "m"]})", "embed");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].texts, (std::vector<std::string>{"q", "p", "n", "m"}));
  EXPECT_EQ(records[1].texts, (std::vector<std::string>{"q", "r", "n", "m"}));
  EXPECT_NE(records[0].id, records[1].id);
  EXPECT_EQ(read("b.jsonl", R"({"anchor": "q", "positive": "p"})", "embed").at(0).texts, (std::vector<std::string>{"q", "p"}));
  expect_says(error("c.jsonl", R"({"query": "q", "positives": [], "negatives": ["n"]})", "embed"), {"no positive"});
  EXPECT_EQ(read("d.jsonl", R"({"sentence1": "a", "sentence2": "b", "score": 0.5})", "similarity").at(0).number, 0.5);
  expect_says(error("e.jsonl", R"({"anchor": "q", "positive": "p"})", "similarity"), {"but the task similarity takes"});
}

}  // namespace
}  // namespace gimbal
