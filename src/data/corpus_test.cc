// Corpora: what a path means, how documents are cut, and every refusal with its file and line.
#include "data/corpus.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "core/error.h"

namespace gimbal {
namespace {

class CorpusTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / cat("gimbal-corpus-", testing::UnitTest::GetInstance()->current_test_info()->name(), "-", ::getpid());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path write(const std::string& name, const std::string& bytes) const {
    fs::create_directories((folder_ / name).parent_path());
    write_file(folder_ / name, bytes);
    return folder_ / name;
  }
  static std::vector<std::string> documents(const std::vector<CorpusFile>& files) {
    std::vector<std::string> texts;
    for (const CorpusFile& file : files) read_documents(file, [&](std::string_view text) { texts.emplace_back(text); });
    return texts;
  }
  static std::string refusal(const fs::path& path) {
    try {
      documents(find_corpus({path}).train);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  }
  std::string refusal_of(const std::string& name, const std::string& bytes) const { return refusal(write(name, bytes)); }

  fs::path folder_;
};

#define EXPECT_SAYS(sentence, part) EXPECT_NE((sentence).find(part), std::string::npos) << "it says: " << (sentence)

using Texts = std::vector<std::string>;

TEST_F(CorpusTest, LinesOfJsonAreDocuments) {
  const fs::path path = write("a.jsonl", "\xEF\xBB\xBF{\"text\": \"one\\ntwo\", \"url\": 3}\r\n\n{\"text\":\"\"}\n{\"text\":\"\\u00e9\"}");
  const Corpus corpus = find_corpus({path});
  EXPECT_TRUE(corpus.valid.empty());
  EXPECT_EQ(documents(corpus.train), (Texts{"one\ntwo", "\xC3\xA9"}));
}

TEST_F(CorpusTest, APlainFileIsOneDocumentByteForByte) {
  EXPECT_EQ(documents(find_corpus({write("a.txt", " a\r\n\n b ")}).train), (Texts{" a\r\n\n b "}));
  EXPECT_EQ(documents(find_corpus({write("b", "\xEF\xBB\xBFno mark")}).train), (Texts{"no mark"}));
}

TEST_F(CorpusTest, APlainFileMayBeDividedAtEmptyLines) {
  const auto divided = [&](const std::string& bytes) {
    Texts texts;
    const CorpusFile file{write("a.txt", bytes), CorpusFile::Kind::kPlainText};
    read_documents(
        file, [&](std::string_view text) { texts.emplace_back(text); }, PlainText::kDividedAtEmptyLines);
    return texts;
  };
  EXPECT_EQ(divided("\n \none\ntwo\r\n\r\n\n three\n\t\nfour"), (Texts{"one\ntwo\r", " three", "four"}));
  EXPECT_EQ(divided("one\n"), Texts{"one"});
}

TEST_F(CorpusTest, ADirectoryIsItsTextFilesSortedByPath) {
  write("b.txt", "2");
  write("a/z.jsonl", "{\"text\":\"1\"}");
  write("c/d/e.md", "3");
  write("c/picture.png", "\x89PNG");
  write("c/config.json", "{}");
  write(".git/x.txt", "hidden");
  write(".hidden.txt", "hidden");
  EXPECT_EQ(documents(find_corpus({folder_}).train), (Texts{"1", "2", "3"}));
}

TEST_F(CorpusTest, TrainAndValidFilesOfADirectoryAreTheSplit) {
  write("set/train.jsonl", "{\"text\":\"t\"}");
  write("set/valid.jsonl", "{\"text\":\"v\"}");
  write("set/test.jsonl", "{\"text\":\"kept for later\"}");
  const fs::path more = write("more.txt", "m");
  const Corpus corpus = find_corpus({folder_ / "set", more});
  EXPECT_EQ(documents(corpus.train), (Texts{"t", "m"}));
  EXPECT_EQ(documents(corpus.valid), (Texts{"v"}));
  fs::remove(folder_ / "set/valid.jsonl");
  write("set/validation.txt", "w");
  EXPECT_EQ(documents(find_corpus({folder_ / "set"}).valid), (Texts{"w"}));
}

TEST_F(CorpusTest, ATestFileBesideATrainFileIsNeverTrainedOn) {
  write("train.jsonl", "{\"text\":\"t\"}");
  write("test.jsonl", "{\"text\":\"kept for later\"}");
  const Corpus corpus = find_corpus({folder_});
  EXPECT_EQ(documents(corpus.train), Texts{"t"});
  EXPECT_TRUE(corpus.valid.empty());
}

TEST_F(CorpusTest, ASplitIsItsFileOrAllWhereNothingIsNamed) {
  write("named/train.jsonl", "{\"text\":\"t\"}");
  write("named/test.txt", "e");
  EXPECT_EQ(documents(find_split(folder_ / "named", "train")), Texts{"t"});
  EXPECT_EQ(documents(find_split(folder_ / "named", "test")), Texts{"e"});
  try {
    find_split(folder_ / "named", "valid");
    ADD_FAILURE() << "there is no valid file";
  } catch (const Error& e) {
    EXPECT_SAYS(std::string(e.what()), "has no valid file; choose another --split");
  }
  const fs::path file = write("other/a.txt", "a");
  write("other/b.txt", "b");
  EXPECT_EQ(documents(find_split(folder_ / "other", "valid")), (Texts{"a", "b"}));
  EXPECT_EQ(documents(find_split(file, "test")), Texts{"a"});
}

TEST_F(CorpusTest, WithoutBothFilesADirectoryIsNoSplit) {
  write("train.jsonl", "{\"text\":\"t\"}");
  write("other.jsonl", "{\"text\":\"o\"}");
  EXPECT_EQ(documents(find_corpus({folder_}).train), (Texts{"o", "t"}));
  EXPECT_TRUE(find_corpus({folder_}).valid.empty());
}

TEST_F(CorpusTest, RefusesPathsThatAreNoText) {
  EXPECT_THROW(find_corpus({}), Error);
  EXPECT_SAYS(refusal(folder_ / "absent"), "there is no data at");
  EXPECT_SAYS(refusal(folder_), "holds no text: no .jsonl");
  EXPECT_SAYS(refusal_of("a.jsonl.gz", "x"), "unpack it first");
  EXPECT_SAYS(refusal_of("a.parquet", "x"), "is a table");
}

TEST_F(CorpusTest, RefusesFilesThatAreNoText) {
  EXPECT_SAYS(refusal_of("a.txt", ""), "holds no text");
  EXPECT_SAYS(refusal_of("a.txt", " \n\t\n"), "holds no text");
  EXPECT_SAYS(refusal_of("a.txt", std::string("ab\0c", 4)), "byte 2 is zero");
  EXPECT_SAYS(refusal_of("a.txt", "first\nna\xEFve"), "byte 8 (line 2) is malformed");
  EXPECT_SAYS(refusal_of("a.jsonl", "\n\n"), "holds no text");
}

TEST_F(CorpusTest, RefusesALineWithItsNumber) {
  const std::string good = "{\"text\":\"x\"}\n\n";
  EXPECT_SAYS(refusal_of("a.jsonl", good + "{\"text\": }"), "a.jsonl line 3 is not valid JSON at its byte 10");
  EXPECT_SAYS(refusal_of("a.jsonl", good + "{\"content\": \"x\", \"id\": 1}"), "line 3 has no \"text\" (its keys: content, id)");
  EXPECT_SAYS(refusal_of("a.jsonl", good + "{\"text\": 7}"), "line 3 has a \"text\" that is not a string");
  EXPECT_SAYS(refusal_of("a.jsonl", good + "[1]"), "line 3 is not an object");
  EXPECT_SAYS(refusal_of("a.jsonl", good + "{\"text\": \"\xFF\"}"), "line 3 is not valid JSON");
  EXPECT_SAYS(refusal_of("a.jsonl", good + "{\"text\": \"\\ud800\"}"), "line 3 is not valid JSON");
  EXPECT_SAYS(refusal_of("a.jsonl", good + "{\"text\": \"a\\u0000\"}"), "line 3 has a NUL");
}

TEST_F(CorpusTest, ContextsOfTheCallerAreSaidOnce) {
  const Context context("reading the data");
  const std::string said = refusal_of("a.jsonl", "[1]");
  EXPECT_EQ(said.rfind("while reading the data: "), 0u) << said;
}

}  // namespace
}  // namespace gimbal
