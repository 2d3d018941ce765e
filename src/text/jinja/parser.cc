// From tokens to statements and expressions, by Jinja's precedence: if-else, or, and, not, comparison, + -, ~, * / // %, unary, **, postfix.
#include <algorithm>

#include "text/jinja/lexer.h"
#include "text/jinja/library.h"
#include "text/jinja/syntax.h"

namespace gimbal::jinja {
namespace {

using Kind = Token::Kind;
using E = Expression::Kind;
using S = Statement::Kind;

constexpr int kDeepest = 100;  // brackets, operators and blocks in one another

class Parser {
 public:
  explicit Parser(std::string_view source) : tokens_(lex(source)) {}

  std::vector<Statement> run() {
    std::vector<Statement> all = statements({});
    if (now().kind != Kind::kEnd) wrong(cat("{% ", stopped_at_, " %} has nothing to end or to go on with"));
    return all;
  }

 private:
  struct Depth {
    Parser& parser;
    explicit Depth(Parser& p) : parser(p) {
      if (++parser.depth_ > kDeepest) parser.wrong("too much stands in one another");
    }
    ~Depth() { --parser.depth_; }
  };

  [[noreturn]] void wrong(const std::string& what) const { fail("chat template line ", now().line, ": ", what); }
  const Token& now() const { return tokens_[at_]; }
  const Token& ahead() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  Token take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool is(std::string_view op) const { return now().kind == Kind::kOperator && now().text == op; }
  bool is_word(std::string_view word) const { return now().kind == Kind::kName && now().text == word; }
  bool skip(std::string_view op) {
    const bool there = is(op);
    if (there) ++at_;
    return there;
  }
  bool skip_word(std::string_view word) {
    const bool there = is_word(word);
    if (there) ++at_;
    return there;
  }
  std::string shown() const {
    switch (now().kind) {
      case Kind::kVariableEnd:
      case Kind::kBlockEnd:
        return "the tag's end";
      case Kind::kString:
        return cat("the string '", now().text, "'");
      default:
        return cat("'", now().text, "'");
    }
  }
  void need(std::string_view op) {
    if (!skip(op)) wrong(cat("'", op, "' is missing before ", shown()));
  }
  void need_word(std::string_view word) {
    if (!skip_word(word)) wrong(cat("'", word, "' is missing before ", shown()));
  }
  std::string need_name(std::string_view what) {
    if (now().kind != Kind::kName) wrong(cat(what, " is missing before ", shown()));
    return take().text;
  }
  void need_block_end() {
    if (now().kind != Kind::kBlockEnd) wrong(cat("the tag should end before ", shown()));
    ++at_;
  }

  // Statements.

  // Up to a block that begins with one of `ends`, whose word is taken.
  std::vector<Statement> statements(std::initializer_list<std::string_view> ends) {
    const Depth depth(*this);
    std::vector<Statement> all;
    for (;;) {
      const Token token = now();
      if (token.kind == Kind::kEnd) break;
      ++at_;
      if (token.kind == Kind::kText) {
        all.push_back({S::kText, token.line, token.text});
      } else if (token.kind == Kind::kVariableBegin) {
        Statement out{S::kOutput, token.line};
        out.value = expression();
        if (now().kind != Kind::kVariableEnd) wrong(cat("the expression should end before ", shown()));
        ++at_;
        all.push_back(std::move(out));
      } else {
        const std::string word = need_name("a word such as if, for or set");
        stopped_at_ = word;
        if (std::ranges::find(ends, std::string_view(word)) != ends.end()) return all;
        if (word.starts_with("end") || word == "else" || word == "elif") wrong(cat("{% ", word, " %} has nothing to end or to go on with"));
        all.push_back(block(word, token.line));
      }
    }
    if (ends.size() > 0) wrong(cat("{% ", *(ends.end() - 1), " %} is missing at the end"));
    return all;
  }

  Statement block(const std::string& word, int line) {
    if (word == "if") return if_block(line);
    if (word == "for") return for_block(line);
    if (word == "set") return set_block(line);
    if (word == "macro") return macro_block(line);
    if (word == "generation") {
      Statement s{S::kGeneration, line};
      need_block_end();
      s.body = statements({"endgeneration"});
      need_block_end();
      return s;
    }
    if (word == "break" || word == "continue") {
      need_block_end();
      return {word == "break" ? S::kBreak : S::kContinue, line};
    }
    const std::vector<std::string> known = {"if", "for", "set", "macro", "generation", "break", "continue", "raw"};
    wrong(cat("there is no statement '", word, "'", did_you_mean(word, known), "; known are ", joined(known)));
  }

  Statement if_block(int line) {
    Statement s{S::kIf, line};
    s.value = expression();
    need_block_end();
    s.body = statements({"elif", "else", "endif"});
    if (stopped_at_ == "elif") {
      s.otherwise.push_back(if_block(now().line));
      return s;  // the inner one took the end
    }
    need_block_end();
    if (stopped_at_ == "else") {
      s.otherwise = statements({"endif"});
      need_block_end();
    }
    return s;
  }

  Statement for_block(int line) {
    Statement s{S::kFor, line};
    do s.names.push_back(need_name("the loop's variable"));
    while (skip(","));
    need_word("in");
    s.value = or_expression();
    if (skip_word("if")) s.condition = expression();
    if (is_word("recursive")) wrong("recursive loops are not supported");
    need_block_end();
    s.body = statements({"else", "endfor"});
    need_block_end();
    if (stopped_at_ == "else") {
      s.otherwise = statements({"endfor"});
      need_block_end();
    }
    return s;
  }

  Statement set_block(int line) {
    Statement s{S::kSet, line};
    do s.names.push_back(need_name("the variable to set"));
    while (skip(","));
    if (skip(".")) s.member = need_name("the member to set");
    if (skip("=")) {
      s.value = tuple();
      need_block_end();
      return s;
    }
    if (s.names.size() != 1 || !s.member.empty()) wrong(cat("'=' is missing before ", shown()));
    s.kind = S::kSetBlock;
    need_block_end();
    s.body = statements({"endset"});
    need_block_end();
    return s;
  }

  Statement macro_block(int line) {
    Statement s{S::kMacro, line};
    s.text = need_name("the macro's name");
    need("(");
    while (!is(")")) {
      s.names.push_back(need_name("a parameter"));
      s.defaults.push_back(skip("=") ? expression() : nullptr);
      if (!skip(",")) break;
    }
    need(")");
    need_block_end();
    s.body = statements({"endmacro"});
    need_block_end();
    return s;
  }

  // Expressions.

  ExpressionPtr node(E kind, std::string name = "") const {
    auto e = std::make_unique<Expression>(Expression{kind, now().line});
    e->name = std::move(name);
    return e;
  }
  ExpressionPtr joined_by(E kind, std::string name, ExpressionPtr a, ExpressionPtr b) const {
    ExpressionPtr e = node(kind, std::move(name));
    e->line = a->line;
    e->parts.push_back(std::move(a));
    e->parts.push_back(std::move(b));
    return e;
  }

  // One expression, or several with commas between them, which are a list.
  ExpressionPtr tuple() {
    ExpressionPtr first = expression();
    if (!is(",")) return first;
    ExpressionPtr list = node(E::kList);
    list->parts.push_back(std::move(first));
    while (skip(",") && now().kind != Kind::kBlockEnd && !is(")")) list->parts.push_back(expression());
    return list;
  }

  ExpressionPtr expression() {
    const Depth depth(*this);
    ExpressionPtr e = or_expression();
    while (is_word("if")) {
      ExpressionPtr choice = node(E::kChoice);
      ++at_;
      choice->parts.push_back(std::move(e));
      choice->parts.push_back(or_expression());
      choice->parts.push_back(skip_word("else") ? expression() : nullptr);
      e = std::move(choice);
    }
    return e;
  }
  ExpressionPtr or_expression() {
    ExpressionPtr e = and_expression();
    while (skip_word("or")) e = joined_by(E::kOr, "or", std::move(e), and_expression());
    return e;
  }
  ExpressionPtr and_expression() {
    ExpressionPtr e = not_expression();
    while (skip_word("and")) e = joined_by(E::kAnd, "and", std::move(e), not_expression());
    return e;
  }
  ExpressionPtr not_expression() {
    if (!is_word("not")) return comparison();
    const Depth depth(*this);
    ExpressionPtr e = node(E::kUnary, "not");
    ++at_;
    e->parts.push_back(not_expression());
    return e;
  }
  ExpressionPtr comparison() {
    ExpressionPtr first = sum();
    ExpressionPtr e;
    for (;;) {
      std::string op;
      for (const std::string_view known : {"==", "!=", "<=", ">=", "<", ">"})
        if (is(known)) op = known;
      if (is_word("in")) op = "in";
      if (is_word("not") && ahead().kind == Kind::kName && ahead().text == "in") op = "not in", ++at_;
      if (op.empty()) return e ? std::move(e) : std::move(first);
      if (!e) e = node(E::kCompare), e->parts.push_back(std::move(first));
      ++at_;
      e->names.push_back(op);
      e->parts.push_back(sum());
    }
  }
  ExpressionPtr left_to_right(std::initializer_list<std::string_view> operators, ExpressionPtr (Parser::*operand)()) {
    ExpressionPtr e = (this->*operand)();
    for (;;) {
      std::string op;
      for (const std::string_view known : operators)
        if (is(known)) op = known;
      if (op.empty()) return e;
      ++at_;
      e = joined_by(E::kBinary, op, std::move(e), (this->*operand)());
    }
  }
  ExpressionPtr sum() { return left_to_right({"+", "-"}, &Parser::concatenation); }
  ExpressionPtr concatenation() { return left_to_right({"~"}, &Parser::product); }
  ExpressionPtr product() { return left_to_right({"*", "/", "//", "%"}, &Parser::unary_with_filters); }
  ExpressionPtr unary_with_filters() {
    ExpressionPtr e = power();
    return filters(std::move(e));
  }
  ExpressionPtr power() {
    ExpressionPtr e = unary();
    while (skip("**")) e = joined_by(E::kBinary, "**", std::move(e), unary());
    return e;
  }
  ExpressionPtr unary() {
    if (is("-") || is("+")) {
      const Depth depth(*this);
      ExpressionPtr e = node(E::kUnary, now().text);
      ++at_;
      e->parts.push_back(unary());
      return e;
    }
    return postfix(primary());
  }

  ExpressionPtr literal(Value value) {
    ExpressionPtr e = node(E::kLiteral);
    e->value = std::move(value);
    return e;
  }
  ExpressionPtr primary() {
    const Token token = now();
    switch (token.kind) {
      case Kind::kName:
        return name_or_constant();
      case Kind::kString: {
        std::string text;
        while (now().kind == Kind::kString) text += take().text;
        return literal(text);
      }
      case Kind::kInteger:
      case Kind::kFloat:
        return number();
      default:
        break;
    }
    if (skip("(")) {
      if (skip(")")) return node(E::kList);
      ExpressionPtr e = tuple();
      need(")");
      return e;
    }
    if (skip("[")) {
      ExpressionPtr e = node(E::kList);
      while (!is("]")) {
        e->parts.push_back(expression());
        if (!skip(",")) break;
      }
      need("]");
      return e;
    }
    if (skip("{")) {
      ExpressionPtr e = node(E::kDict);
      while (!is("}")) {
        e->parts.push_back(expression());
        need(":");
        e->parts.push_back(expression());
        if (!skip(",")) break;
      }
      need("}");
      return e;
    }
    wrong(cat("an expression is missing before ", shown()));
  }
  ExpressionPtr name_or_constant() {
    const std::string name = take().text;
    if (name == "true" || name == "True") return literal(true);
    if (name == "false" || name == "False") return literal(false);
    if (name == "none" || name == "None") return literal(None{});
    return node(E::kName, name);
  }
  ExpressionPtr number() {
    Token token = take();
    std::erase(token.text, '_');
    try {
      if (token.kind == Kind::kFloat) return literal(std::stod(token.text));
      return literal(static_cast<int64_t>(std::stoll(token.text)));
    } catch (const std::exception&) {
      wrong(cat("the number ", token.text, " is too large"));
    }
  }

  ExpressionPtr postfix(ExpressionPtr e) {
    for (;;) {
      if (skip(".")) {
        ExpressionPtr member = node(E::kAttribute);
        if (now().kind == Kind::kInteger) {  // list.0
          member->kind = E::kItem;
          member->parts.push_back(std::move(e));
          member->parts.push_back(number());
        } else {
          member->name = need_name("a name behind the dot");
          member->parts.push_back(std::move(e));
        }
        e = std::move(member);
      } else if (skip("[")) {
        e = subscript(std::move(e));
      } else if (is("(")) {
        ExpressionPtr call = node(E::kCall);
        call->parts.push_back(std::move(e));
        arguments(*call);
        e = std::move(call);
      } else {
        return e;
      }
    }
  }
  ExpressionPtr subscript(ExpressionPtr of) {
    ExpressionPtr e = node(E::kItem);
    e->parts.push_back(std::move(of));
    e->parts.push_back(is(":") ? nullptr : expression());
    while (e->parts.size() < 4 && skip(":")) {
      e->kind = E::kSlice;
      e->parts.push_back(is(":") || is("]") ? nullptr : expression());
    }
    if (e->kind == E::kSlice) e->parts.resize(4);
    need("]");
    return e;
  }
  void arguments(Expression& call) {
    need("(");
    while (!is(")")) {
      if (now().kind == Kind::kName && ahead().kind == Kind::kOperator && ahead().text == "=") {
        const std::string name = take().text;
        ++at_;
        call.named.emplace_back(name, expression());
      } else {
        call.parts.push_back(expression());
      }
      if (!skip(",")) break;
    }
    need(")");
  }

  ExpressionPtr filters(ExpressionPtr e) {
    for (;;) {
      if (skip("|")) {
        ExpressionPtr filter = node(E::kFilter, need_name("a filter's name"));
        check_known("filter", filter->name, filter_names());
        filter->parts.push_back(std::move(e));
        if (is("(")) arguments(*filter);
        e = postfix(std::move(filter));
      } else if (skip_word("is")) {
        e = test(std::move(e));
      } else {
        return e;
      }
    }
  }
  ExpressionPtr test(ExpressionPtr of) {
    const bool negated = skip_word("not");
    ExpressionPtr e = node(E::kTest, need_name("a test's name"));
    check_known("test", e->name, test_names());
    e->parts.push_back(std::move(of));
    const bool ends = is_word("else") || is_word("or") || is_word("and") || is_word("is") || is_word("if") || is_word("in") || is_word("not");
    if (is("(")) {
      arguments(*e);
    } else if (const Kind k = now().kind; (k == Kind::kName && !ends) || k == Kind::kString || k == Kind::kInteger || k == Kind::kFloat || is("[")) {
      e->parts.push_back(postfix(primary()));
    }
    if (!negated) return e;
    ExpressionPtr opposite = node(E::kUnary, "not");
    opposite->parts.push_back(std::move(e));
    return opposite;
  }
  void check_known(std::string_view what, const std::string& name, const std::vector<std::string>& known) const {
    if (std::ranges::find(known, name) == known.end())
      wrong(cat("there is no ", what, " '", name, "'", did_you_mean(name, known), "; known are ", joined(known)));
  }

  std::vector<Token> tokens_;
  size_t at_ = 0;
  int depth_ = 0;
  std::string stopped_at_;  // the word of the last block that was not a statement's own
};

}  // namespace

std::vector<Statement> parse(std::string_view source) { return Parser(source).run(); }

}  // namespace gimbal::jinja
