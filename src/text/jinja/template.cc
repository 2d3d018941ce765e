// Rendering: statements write text, expressions compute values.
#include "text/jinja/template.h"

#include <cmath>
#include <map>

#include "text/jinja/library.h"
#include "text/jinja/syntax.h"

namespace gimbal::jinja {
namespace {

using E = Expression::Kind;
using S = Statement::Kind;

constexpr int64_t kMostSteps = 3'000'000;  // expressions, statements and (five times) turns of loops of one rendering: about a second
constexpr int kDeepestCalls = 100;         // macros in one another

struct Scope {
  std::map<std::string, Value, std::less<>> names;
  std::shared_ptr<Scope> outer;
};
using ScopePtr = std::shared_ptr<Scope>;

enum class Flow : uint8_t { kOn, kBreak, kContinue };

class Renderer {
 public:
  Rendered run(const std::vector<Statement>& statements, const Json& variables) {
    auto top = std::make_shared<Scope>();
    for (const auto& [name, function] : functions()) top->names.emplace(name, function);
    for (auto item = variables.begin(); item != variables.end(); ++item) top->names[item.key()] = Value::of(item.value());
    try {
      Rendered out;
      write(statements, top, out);
      top->names.clear();  // macros hold the scope that holds them
      return out;
    } catch (const Fault& f) {
      top->names.clear();
      fail("chat template line ", line_, ": ", f.sentence);
    }
  }

 private:
  void step(int line, int64_t steps = 1) {
    if ((steps_ += steps) > kMostSteps) fault("the template does not come to an end");
    line_ = line;
  }

  // Statements.

  Flow write(const std::vector<Statement>& statements, const ScopePtr& scope, Rendered& out) {
    for (const Statement& s : statements)
      if (const Flow flow = write(s, scope, out); flow != Flow::kOn) return flow;
    return Flow::kOn;
  }

  Flow write(const Statement& s, const ScopePtr& scope, Rendered& out) {
    step(s.line);
    switch (s.kind) {
      case S::kText:
        out.text += s.text;
        break;
      case S::kOutput: {
        const Value value = compute(*s.value, scope);
        line_ = s.line;
        out.text += text_of(value);
        break;
      }
      case S::kIf:
        return write(is_true(compute(*s.value, scope)) ? s.body : s.otherwise, scope, out);
      case S::kFor:
        return loop(s, scope, out);
      case S::kSet:
        assign(s, compute(*s.value, scope), scope);
        break;
      case S::kSetBlock:
        scope->names[s.names[0]] = written(s.body, scope);
        break;
      case S::kMacro:
        scope->names[s.text] = macro(s, scope);
        break;
      case S::kGeneration: {
        const size_t begin = out.text.size();
        const Flow flow = write(s.body, scope, out);
        out.generated.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(out.text.size())});
        return flow;
      }
      case S::kBreak:
        return Flow::kBreak;
      case S::kContinue:
        return Flow::kContinue;
    }
    return Flow::kOn;
  }

  std::string written(const std::vector<Statement>& body, const ScopePtr& scope) {
    Rendered inner;
    write(body, inside(scope), inner);
    return std::move(inner.text);
  }

  static ScopePtr inside(const ScopePtr& outer) { return std::make_shared<Scope>(Scope{{}, outer}); }

  void bind(const std::vector<std::string>& names, const Value& value, Scope& scope) {
    if (names.size() == 1) {
      scope.names[names[0]] = value;
      return;
    }
    const List parts = elements_of(value);
    if (parts.size() != names.size()) fault(parts.size(), " values cannot be given to ", names.size(), " names");
    for (size_t i = 0; i < names.size(); ++i) scope.names[names[i]] = parts[i];
  }

  void assign(const Statement& s, const Value& value, const ScopePtr& scope) {
    line_ = s.line;
    if (s.member.empty()) return bind(s.names, value, *scope);
    const Value target = lookup(s.names[0], scope);
    const auto* space = std::get_if<std::shared_ptr<Namespace>>(&target.v);
    if (!space) fault("only a namespace's members can be set, and '", s.names[0], "' is ", describe(target));
    put((*space)->members, s.member, value);
  }

  Flow loop(const Statement& s, const ScopePtr& scope, Rendered& out) {
    const Value over = compute(*s.value, scope);
    line_ = s.line;
    List all = elements_of(over);
    if (s.condition)
      std::erase_if(all, [&](const Value& element) {
        const ScopePtr own = inside(scope);
        bind(s.names, element, *own);
        return !is_true(compute(*s.condition, own));
      });
    if (all.empty()) return write(s.otherwise, scope, out);
    for (size_t i = 0; i < all.size(); ++i) {
      step(s.line, 5);
      const ScopePtr own = inside(scope);
      bind(s.names, all[i], *own);
      own->names["loop"] = loop_state(all, i);
      if (write(s.body, own, out) == Flow::kBreak) break;
    }
    return Flow::kOn;
  }

  static Value loop_state(const List& all, size_t at) {
    const auto i = static_cast<int64_t>(at), n = static_cast<int64_t>(all.size());
    Dict state = {{"index", Value(i + 1)},  {"index0", Value(i)},        {"revindex", Value(n - i)}, {"revindex0", Value(n - i - 1)},
                  {"first", Value(i == 0)}, {"last", Value(i + 1 == n)}, {"length", Value(n)}};
    if (at > 0) state.emplace_back("previtem", all[at - 1]);
    if (at + 1 < all.size()) state.emplace_back("nextitem", all[at + 1]);
    state.emplace_back("cycle", Value::of(Function([at](const Arguments& a) -> Value {
                         if (a.list.empty()) fault("loop.cycle() needs values");
                         return a.list[at % a.list.size()];
                       })));
    return Value::of(std::move(state));
  }

  Value macro(const Statement& s, const ScopePtr& scope) {
    return Value::of(Function([this, &s, scope](const Arguments& a) -> Value {
      if (++calls_ > kDeepestCalls) fault("macros call one another without end");
      const ScopePtr own = inside(scope);
      if (a.list.size() > s.names.size()) fault("the macro ", s.text, " takes ", s.names.size(), " arguments, not ", a.list.size());
      for (size_t i = 0; i < s.names.size(); ++i) {
        const Value* given = a.find(i, s.names[i]);
        own->names[s.names[i]] = given ? *given : s.defaults[i] ? compute(*s.defaults[i], own) : Value(Undefined{s.names[i]});
      }
      Rendered inner;
      write(s.body, own, inner);
      --calls_;
      return inner.text;
    }));
  }

  // Expressions.

  static Value lookup(const std::string& name, const ScopePtr& scope) {
    for (const Scope* s = scope.get(); s; s = s->outer.get())
      if (const auto found = s->names.find(name); found != s->names.end()) return found->second;
    return Undefined{name};
  }

  Value part(const Expression& e, size_t i, const ScopePtr& scope) {
    return i < e.parts.size() && e.parts[i] ? compute(*e.parts[i], scope) : Value();
  }

  Arguments arguments(const Expression& e, const ScopePtr& scope) {
    Arguments a;
    for (size_t i = 1; i < e.parts.size(); ++i) a.list.push_back(part(e, i, scope));
    for (const auto& [name, value] : e.named) a.named.emplace_back(name, compute(*value, scope));
    return a;
  }

  Value compute(const Expression& e, const ScopePtr& scope) {
    step(e.line);
    switch (e.kind) {
      case E::kLiteral:
        return e.value;
      case E::kName:
        return lookup(e.name, scope);
      case E::kList: {
        List list;
        for (size_t i = 0; i < e.parts.size(); ++i) list.push_back(part(e, i, scope));
        return Value::of(std::move(list));
      }
      case E::kDict: {
        Dict dict;
        for (size_t i = 0; i + 1 < e.parts.size(); i += 2) put(dict, string_of(part(e, i, scope), "a map's key"), part(e, i + 1, scope));
        return Value::of(std::move(dict));
      }
      case E::kAnd: {
        Value a = part(e, 0, scope);
        return is_true(a) ? part(e, 1, scope) : a;
      }
      case E::kOr: {
        Value a = part(e, 0, scope);
        return is_true(a) ? a : part(e, 1, scope);
      }
      case E::kChoice:
        return part(e, is_true(part(e, 1, scope)) ? 0 : 2, scope);
      case E::kCompare:
        return compared(e, scope);
      default:
        return operated(e, scope);
    }
  }

  // What has all its parts computed before.
  Value operated(const Expression& e, const ScopePtr& scope) {
    const Value first = part(e, 0, scope);
    switch (e.kind) {
      case E::kAttribute:
        return at(e), named(member_of(first, e.name, Prefer::kMethod), e);
      case E::kItem: {
        const Value index = part(e, 1, scope);
        return at(e), item_of(first, index);
      }
      case E::kSlice: {
        const Value begin = part(e, 1, scope), end = part(e, 2, scope), by = part(e, 3, scope);
        return at(e), slice_of(first, begin, end, by);
      }
      case E::kUnary:
        return at(e), unary(e.name, first);
      case E::kBinary: {
        const Value second = part(e, 1, scope);
        return at(e), binary(e.name, first, second);
      }
      default:
        break;
    }
    const Arguments a = arguments(e, scope);
    at(e);
    if (e.kind == E::kFilter) return apply_filter(e.name, first, a);
    if (e.kind == E::kTest) return apply_test(e.name, first, a);
    const auto* function = std::get_if<std::shared_ptr<const Function>>(&first.v);
    if (!function) fault(describe(first), " cannot be called");
    return (**function)(a);
  }
  void at(const Expression& e) { line_ = e.line; }
  // An undefined member says whose it is.
  static Value named(Value value, const Expression& e) {
    if (value.is_undefined() && e.parts[0]->kind == E::kName) return Undefined{cat(e.parts[0]->name, ".", e.name)};
    return value;
  }

  Value compared(const Expression& e, const ScopePtr& scope) {
    Value left = part(e, 0, scope);
    for (size_t i = 0; i < e.names.size(); ++i) {
      Value right = part(e, i + 1, scope);
      line_ = e.line;
      if (!holds(e.names[i], left, right)) return false;
      left = std::move(right);
    }
    return true;
  }
  static bool holds(const std::string& op, const Value& a, const Value& b) {
    if (op == "==") return equal(a, b);
    if (op == "!=") return !equal(a, b);
    if (op == "in") return contains(b, a);
    if (op == "not in") return !contains(b, a);
    const int order = compare(a, b);
    return op == "<" ? order < 0 : op == ">" ? order > 0 : op == "<=" ? order <= 0 : order >= 0;
  }

  static Value unary(const std::string& op, const Value& a) {
    if (op == "not") return !is_true(a);
    if (const double* d = std::get_if<double>(&a.v)) return op == "-" ? -*d : *d;
    const int64_t i = whole_number(a, cat("what stands behind ", op));
    return op == "-" ? -i : i;
  }

  static Value binary(const std::string& op, const Value& a, const Value& b) {
    if (op == "~") return text_of(a) + text_of(b);
    if (op == "+" && a.string() && b.string()) return *a.string() + *b.string();
    if (op == "+" && a.list() && b.list()) {
      List both = *a.list();
      both.insert(both.end(), b.list()->begin(), b.list()->end());
      return Value::of(std::move(both));
    }
    if (op == "*" && (a.string() || a.list())) return repeated(a, b);
    if (op == "*" && (b.string() || b.list())) return repeated(b, a);
    const auto is_number = [](const Value& v) { return v.is<int64_t>() || v.is<double>() || v.is<bool>(); };
    if (!is_number(a) || !is_number(b)) fault(describe(a), " ", op, " ", describe(b), " cannot be computed");
    if (a.is<double>() || b.is<double>() || op == "/") return of_floats(op, as_float(a), as_float(b));
    return of_wholes(op, whole_number(a, op), whole_number(b, op));
  }
  static Value repeated(const Value& a, const Value& times) {
    const int64_t n = whole_number(times, "how often something is repeated");
    if (n * length_of(a) > 1'000'000) fault("something is repeated ", n, " times, which is too much");
    List all;
    for (int64_t i = 0; i < n; ++i)
      for (const Value& element : elements_of(a)) all.push_back(element);
    return a.string() ? Value(joined_texts(all, "")) : Value::of(std::move(all));
  }
  static double as_float(const Value& v) { return v.is<double>() ? std::get<double>(v.v) : static_cast<double>(whole_number(v, "a number")); }
  static Value of_floats(const std::string& op, double a, double b) {
    if (op == "+") return a + b;
    if (op == "-") return a - b;
    if (op == "*") return a * b;
    if (op == "**") return std::pow(a, b);
    if (b == 0) fault("there is a division by 0");
    if (op == "/") return a / b;
    const double whole = std::floor(a / b);
    return op == "//" ? whole : a - whole * b;
  }
  static Value of_wholes(const std::string& op, int64_t a, int64_t b) {
    int64_t result = 0;
    bool overflow = false;
    if (op == "+")
      overflow = __builtin_add_overflow(a, b, &result);
    else if (op == "-")
      overflow = __builtin_sub_overflow(a, b, &result);
    else if (op == "*")
      overflow = __builtin_mul_overflow(a, b, &result);
    else if (op == "**")
      return power(a, b);
    else if (b == 0)
      fault("there is a division by 0");
    else if (b == -1)
      result = op == "//" ? -std::max(a, -INT64_MAX) : 0;
    else
      result = op == "//" ? a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0) : (a % b + b) % b;
    if (overflow) fault("a number grows too large");
    return result;
  }
  static Value power(int64_t a, int64_t b) {
    const double p = std::pow(static_cast<double>(a), static_cast<double>(b));
    if (b < 0) return p;
    if (std::fabs(p) > 9e15) fault("a number grows too large");
    return static_cast<int64_t>(p);
  }

  int64_t steps_ = 0;
  int calls_ = 0, line_ = 1;
};

bool has_generation(const std::vector<Statement>& statements) {
  for (const Statement& s : statements)
    if (s.kind == S::kGeneration || has_generation(s.body) || has_generation(s.otherwise)) return true;
  return false;
}

}  // namespace

Template::Template(std::string_view source) : statements_(std::make_shared<const std::vector<Statement>>(parse(source))) {
  marks_generation_ = has_generation(*statements_);
}

Rendered Template::render(const Json& variables) const { return Renderer().run(*statements_, variables); }

}  // namespace gimbal::jinja
