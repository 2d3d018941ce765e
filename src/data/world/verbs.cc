// Irregular verbs by table, regular ones by spelling.
#include "data/world/verbs.h"

#include <array>

namespace gimbal::world {
namespace {

struct Irregular {
  std::string_view base, past, part;
};

constexpr Irregular kIrregular[] = {
    {"beat", "beat", "beaten"},
    {"be", "was", "been"},
    {"have", "had", "had"},
    {"do", "did", "done"},
    {"go", "went", "gone"},
    {"come", "came", "come"},
    {"become", "became", "become"},
    {"run", "ran", "run"},
    {"give", "gave", "given"},
    {"forgive", "forgave", "forgiven"},
    {"take", "took", "taken"},
    {"shake", "shook", "shaken"},
    {"make", "made", "made"},
    {"break", "broke", "broken"},
    {"speak", "spoke", "spoken"},
    {"wake", "woke", "woken"},
    {"steal", "stole", "stolen"},
    {"choose", "chose", "chosen"},
    {"freeze", "froze", "frozen"},
    {"find", "found", "found"},
    {"wind", "wound", "wound"},
    {"bind", "bound", "bound"},
    {"grind", "ground", "ground"},
    {"lose", "lost", "lost"},
    {"hide", "hid", "hidden"},
    {"ride", "rode", "ridden"},
    {"stride", "strode", "stridden"},
    {"write", "wrote", "written"},
    {"rise", "rose", "risen"},
    {"drive", "drove", "driven"},
    {"bite", "bit", "bitten"},
    {"light", "lit", "lit"},
    {"slide", "slid", "slid"},
    {"see", "saw", "seen"},
    {"eat", "ate", "eaten"},
    {"fall", "fell", "fallen"},
    {"know", "knew", "known"},
    {"grow", "grew", "grown"},
    {"throw", "threw", "thrown"},
    {"blow", "blew", "blown"},
    {"fly", "flew", "flown"},
    {"draw", "drew", "drawn"},
    {"show", "showed", "shown"},
    {"sew", "sewed", "sewn"},
    {"tear", "tore", "torn"},
    {"wear", "wore", "worn"},
    {"swear", "swore", "sworn"},
    {"bear", "bore", "borne"},
    {"sing", "sang", "sung"},
    {"ring", "rang", "rung"},
    {"spring", "sprang", "sprung"},
    {"drink", "drank", "drunk"},
    {"sink", "sank", "sunk"},
    {"shrink", "shrank", "shrunk"},
    {"swim", "swam", "swum"},
    {"begin", "began", "begun"},
    {"win", "won", "won"},
    {"spin", "spun", "spun"},
    {"swing", "swung", "swung"},
    {"cling", "clung", "clung"},
    {"hang", "hung", "hung"},
    {"stick", "stuck", "stuck"},
    {"dig", "dug", "dug"},
    {"sit", "sat", "sat"},
    {"get", "got", "gotten"},
    {"forget", "forgot", "forgotten"},
    {"let", "let", "let"},
    {"set", "set", "set"},
    {"put", "put", "put"},
    {"cut", "cut", "cut"},
    {"hit", "hit", "hit"},
    {"hurt", "hurt", "hurt"},
    {"shut", "shut", "shut"},
    {"split", "split", "split"},
    {"spread", "spread", "spread"},
    {"read", "read", "read"},
    {"lead", "led", "led"},
    {"feed", "fed", "fed"},
    {"meet", "met", "met"},
    {"feel", "felt", "felt"},
    {"keep", "kept", "kept"},
    {"sleep", "slept", "slept"},
    {"sweep", "swept", "swept"},
    {"weep", "wept", "wept"},
    {"creep", "crept", "crept"},
    {"leave", "left", "left"},
    {"mean", "meant", "meant"},
    {"send", "sent", "sent"},
    {"lend", "lent", "lent"},
    {"spend", "spent", "spent"},
    {"bend", "bent", "bent"},
    {"build", "built", "built"},
    {"hold", "held", "held"},
    {"tell", "told", "told"},
    {"sell", "sold", "sold"},
    {"say", "said", "said"},
    {"pay", "paid", "paid"},
    {"lay", "laid", "laid"},
    {"lie", "lay", "lain"},
    {"hear", "heard", "heard"},
    {"stand", "stood", "stood"},
    {"understand", "understood", "understood"},
    {"think", "thought", "thought"},
    {"bring", "brought", "brought"},
    {"buy", "bought", "bought"},
    {"catch", "caught", "caught"},
    {"teach", "taught", "taught"},
    {"fight", "fought", "fought"},
    {"seek", "sought", "sought"},
    {"weave", "wove", "woven"},
    {"swell", "swelled", "swollen"},
    {"speed", "sped", "sped"},
    {"dive", "dove", "dived"},
    {"kneel", "knelt", "knelt"},
    {"leap", "leaped", "leaped"},
    {"burst", "burst", "burst"},
    {"bet", "bet", "bet"},
    {"overcome", "overcame", "overcome"},
    {"shine", "shone", "shone"},
    {"deal", "dealt", "dealt"},
    {"fling", "flung", "flung"},
    {"wring", "wrung", "wrung"},
};

bool vowel(char c) { return std::string_view("aeiou").find(c) != std::string_view::npos; }

// One stressed short vowel before the last letter doubles it: clap, clapped; begin, beginning. But look, fix, bow, visit.
bool doubles(std::string_view base) {
  if (base == "begin" || base == "forget") return true;
  const size_t n = base.size();
  if (n < 3 || vowel(base[n - 1]) || !vowel(base[n - 2]) || vowel(base[n - 3]) || std::string_view("wxy").find(base[n - 1]) != std::string_view::npos)
    return false;
  int vowels = 0;
  for (const char c : base) vowels += vowel(c);
  return vowels == 1;
}

std::string regular_past(std::string_view base) {
  std::string s(base);
  if (s.back() == 'e') return s + "d";
  if (s.back() == 'y' && !vowel(s[s.size() - 2])) return s.substr(0, s.size() - 1) + "ied";
  if (doubles(base)) s += s.back();
  return s + "ed";
}

std::string present_participle(std::string_view base) {
  std::string s(base);
  if (s.ends_with("ie")) return s.substr(0, s.size() - 2) + "ying";
  if (s == "be") return "being";
  if (s.back() == 'e' && !s.ends_with("ee") && !s.ends_with("oe") && !s.ends_with("ye")) return s.substr(0, s.size() - 1) + "ing";
  if (doubles(base)) s += s.back();
  return s + "ing";
}

}  // namespace

std::string inflect(std::string_view base, Form form) {
  if (form == Form::kBase) return std::string(base);
  if (form == Form::kIng) return present_participle(base);
  for (const auto& verb : kIrregular)
    if (verb.base == base) return std::string(form == Form::kPast ? verb.past : verb.part);
  return regular_past(base);
}

std::string plural(std::string_view noun) {
  std::string s(noun);
  if (s.back() == 'y' && !vowel(s[s.size() - 2])) return s.substr(0, s.size() - 1) + "ies";
  if (s.ends_with("ch") || s.ends_with("sh") || s.ends_with("x") || s.ends_with("s")) return s + "es";
  if (s.ends_with("leaf")) return s.substr(0, s.size() - 1) + "ves";
  return s + "s";
}

}  // namespace gimbal::world
