// Templates say what Jinja makes of them. Expected texts are those of jinja2 3.1 with trim_blocks and lstrip_blocks, written down here.
#include "text/jinja/template.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace gimbal::jinja {
namespace {

using Json = text::OrderedJson;

const Json kTalk = {{"messages",
                     {{{"role", "system"}, {"content", " Be kind. "}},
                      {{"role", "user"}, {"content", "Hi\nthere "}},
                      {{"role", "assistant"}, {"content", "Hello, «you»!"}}}},
                    {"bos_token", "<s>"},
                    {"eos_token", "</s>"}};

std::string shown(std::string_view source, const Json& variables = kTalk) { return Template(source).render(variables).text; }

std::string refused(std::string_view source) {
  try {
    return "it says: " + shown(source);
  } catch (const Error& e) {
    return e.what();
  }
}

TEST(Template, WhiteSpaceAroundTags) {
  EXPECT_EQ(shown("  {% if true %}  \n a\n  {% endif %}  \nb\n\n"), "  \n a\n  \nb\n");
  EXPECT_EQ(shown("{% for i in range(3) -%}\n {{ i }}\n{%- endfor %}\n"), "012");
  EXPECT_EQ(shown("{#- c -#} y {#+ z #}\n{# q #}\nw"), "y w");
  EXPECT_EQ(shown("a\n{%- if true -%}\n b \n{%- endif -%}\n c\n  {%- if true +%}\n d{% endif %}\n"), "abc\n d");
  EXPECT_EQ(shown("{{-'a'-}}  {{ 'b' }}   \n"), "ab   ");
  EXPECT_EQ(shown("{% raw %}{{ no tag }}{% endraw %}"), "{{ no tag }}");
}

TEST(Template, Expressions) {
  EXPECT_EQ(shown("{{ 1 + 2 * 3 ** 2 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 1 / 4 }} {{ 0.1 + 0.2 }}"), "19 3 -4 2 0.25 0.30000000000000004");
  EXPECT_EQ(shown("{{ 1 < 2 < 3 }}{{ 1 < 3 < 2 }}{{ 'a' in 'abc' }}{{ 'a' not in ['b'] }}{{ not false and true or false }}"),
            "TrueFalseTrueTrueTrue");
  EXPECT_EQ(shown("{{ 'x' ~ 1 ~ none ~ true ~ nothing }}{{ 'ab' * 2 }}{{ [1] + ['b'] }}"), "x1NoneTrueabab[1, 'b']");
  EXPECT_EQ(shown("{{ 'abcé'[::-1] }}{{ [1,2,3,4][1:3] }}{{ [1,2,3,4][-2:] }}{{ 'abc'[-1] }}{{ messages[-1]['role'] }}"),
            "écba[2, 3][3, 4]cassistant");
  EXPECT_EQ(shown("{{ 'a' if false else 'b' if false else 'c' }}{{ 1 if false }}"), "c");
  EXPECT_EQ(shown("{{ {'a': 1, 'b': [2.0, none, 'it\\'s']} }}{{ {'a':{'b':{}}}}}"), "{'a': 1, 'b': [2.0, None, \"it's\"]}{'a': {'b': {}}}");
  EXPECT_EQ(shown("{{ 'x\\ty\\u00e9' 'z' }}"), "x\tyéz");
}

TEST(Template, FiltersTestsAndMethods) {
  EXPECT_EQ(shown("{{ messages[1].content | trim | length }}{{ x | default('d') }}{{ '' | default('e', true) }}{{ 'a' | upper ~ 'B' | lower }}"),
            "8deAb");
  EXPECT_EQ(shown("{{ messages | selectattr('role', 'equalto', 'user') | map(attribute='content') | list }}"), "['Hi\\nthere ']");
  EXPECT_EQ(shown("{{ {'a': [1, {'b': 'é\\n'}], 'c': {}} | tojson }}{{ {'a': [1]} | tojson(indent=2) }}"),
            "{\"a\": [1, {\"b\": \"é\\n\"}], \"c\": {}}{\n  \"a\": [\n    1\n  ]\n}");
  EXPECT_EQ(shown("{{ 'a,b,,c'.split(',') }}{{ ' a  b '.split() }}{{ 'a,b,c'.rsplit(',', 1)[0] }}{{ 'xxayx'.strip('x') }}"),
            "['a', 'b', '', 'c']['a', 'b']a,bay");
  EXPECT_EQ(shown("{{ 'abc'.startswith('ab') }}{{ 'abc'.endswith(('x', 'c')) }}{{ 'ß'.upper() }}{{ 'hello wORLD'.title() }}"),
            "TrueTrueSSHello World");
  EXPECT_EQ(shown("{{ x is defined }}{{ none is none }}{{ 'a' is string }}{{ {} is mapping }}{{ 4 is even }}{{ 5 is not divisibleby 2 }}"),
            "FalseTrueTrueTrueTrueTrue");
  EXPECT_EQ(shown("{{ [3,1,2] | sort | join('-') }}{{ [1,1,2] | unique | list }}{{ [4,2] | min }}{{ 'a\nb' | indent(2) }}"), "1-2-3[1, 2]2a\n  b");
  EXPECT_EQ(shown("{% for k, v in messages[0].items() %}{{ k }}={{ v }};{% endfor %}"), "role=system;content= Be kind. ;");
}

TEST(Template, LoopsScopesAndMacros) {
  EXPECT_EQ(shown("{% for m in messages if m.role != 'user' %}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{% else %}none{% endfor %}"),
            "0TrueFalse1FalseTrue");
  EXPECT_EQ(shown("{% for i in nothing %}x{% else %}none{% endfor %}"), "none");
  EXPECT_EQ(shown("{% for i in range(9) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 5 %}{% break %}{% endif %}{{ i }}{% endfor %}"), "0134");
  EXPECT_EQ(shown("{% set a, b = 1, 2 %}{% for i in [1] %}{% set a = 9 %}{{ a }}{% endfor %}{{ a }}{{ b }}"), "912");
  EXPECT_EQ(shown("{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}"), "3");
  EXPECT_EQ(shown("{% macro f(a, b='z') %}{{ a }}{{ b }}{{ messages | length }}{% endmacro %}{{ f(1) }}{{ f(1, b=2) }}{{ f('q') | upper }}"),
            "1z3123QZ3");
  EXPECT_EQ(shown("{% set x %} {{ 1 + 1 }} {% endset %}[{{ x }}]"), "[ 2 ]");
  EXPECT_EQ(shown("{% if x %}1{% elif bos_token %}2{% else %}3{% endif %}"), "2");
}

TEST(Template, SaysWhatTheAssistantSays) {
  const Template t(
      "{% for m in messages %}{{ m.role }}: {% if m.role == 'assistant' %}{% generation %}{{ m.content }}{{ eos_token }}{% endgeneration %}{% endif "
      "%}{% endfor %}");
  EXPECT_TRUE(t.marks_generation());
  const Rendered out = t.render(kTalk);
  ASSERT_EQ(out.generated.size(), 1u);
  EXPECT_EQ(text::cut(out.text, out.generated[0]), "Hello, «you»!</s>");
  EXPECT_FALSE(Template("{{ messages }}").marks_generation());
}

TEST(Template, OneSentenceWithTheLine) {
  EXPECT_EQ(refused("a\n\n{{ x.y }}"), "chat template line 3: 'x' (undefined) has no member 'y'");
  EXPECT_EQ(refused("\n{{ raise_exception('roles must alternate') }}"),
            "chat template line 2: the template refuses this conversation: roles must alternate");
  EXPECT_EQ(refused("{% if x %}"), "chat template line 1: {% endif %} is missing at the end");
  EXPECT_EQ(refused("{{ 1 +"), "chat template line 1: a tag {{ has no end }}");
  EXPECT_EQ(refused("{% endfor %}"), "chat template line 1: {% endfor %} has nothing to end or to go on with");
  EXPECT_EQ(refused("\n{{ x + 1 }}"), "chat template line 2: 'x' (undefined) + a whole number cannot be computed");
  EXPECT_EQ(refused("{{ messages.append(1) }}"),
            "chat template line 1: a template may not change a list, and append() would; write list + [element]");
  EXPECT_NE(refused("{{ x | uper }}").find("there is no filter 'uper' (did you mean 'upper'?)"), std::string::npos);
  EXPECT_NE(refused("{% include 'x' %}").find("there is no statement 'include'"), std::string::npos);
  EXPECT_NE(refused("{{ " + std::string(500, '(') + "1" + std::string(500, ')') + " }}").find("too much stands in one another"), std::string::npos);
  EXPECT_NE(refused("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}").find("without end"), std::string::npos);
  EXPECT_NE(refused("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}").find("does not come to an end"),
            std::string::npos);
}

}  // namespace
}  // namespace gimbal::jinja
