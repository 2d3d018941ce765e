// Adjectives, adverbs, feelings, traits, weather, hours and other short words, each with when it may be used.
#include "data/world/lexicon.h"

namespace gimbal::world {
namespace {

using enum Mood;
constexpr Family kQ = Family::kQuality, kC = Family::kColor, kM = Family::kMaterial;
constexpr Tags kCarved = kWood | kStone | kMetal, kRipe = kFruit | kVegetable, kTasty = kBaked | kSweet | kDrink;
constexpr Tags kMadeThings = kToy | kTool | kClothes | kVessel | kBook | kMusic | kLight;

constexpr Adjective kAdjectives[] = {
    {"little", kQ, kMadeThings | kGift | kGem}, {"small", kQ, kMadeThings | kGift | kGem}, {"big", kQ, kMadeThings | kGift | kHeavy},    {"tiny", kQ, kGem | kNature | kToy},
    {"large", kQ, kVessel | kHeavy | kRipe}, {"huge", kQ, kHeavy},            {"heavy", kQ, kHeavy},              {"old", kQ, kMadeThings | kWood | kMetal},
    {"new", kQ, kMadeThings},            {"ancient", kQ, kStone | kGem | kLockable}, {"battered", kQ, kMetal | kLeather | kLockable}, {"rusty", kQ, kMetal},
    {"shiny", kQ, kMetal | kGlass | kGem}, {"polished", kQ, kCarved},         {"gleaming", kQ, kMetal | kGem},    {"glittering", kQ, kGem | kGlass},
    {"sparkling", kQ, kGem | kGlass},    {"smooth", kQ, kStone | kGlass},     {"round", kQ, kGem | kStone | kFruit}, {"flat", kQ, kStone},
    {"soft", kQ, kCloth},                {"warm", kQ, kCloth | kBaked | kDrink}, {"woolly", kQ, kCloth},         {"fluffy", kQ, kCloth},
    {"cozy", kQ, kCloth},                {"fine", kQ, kClothes | kCloth},     {"patched", kQ, kCloth},            {"pretty", kQ, kGift},
    {"lovely", kQ, kGift},               {"beautiful", kQ, kGift | kGem},     {"splendid", kQ, kGift | kMusic},   {"precious", kQ, kGem},
    {"handsome", kQ, kClothes | kCarved}, {"favorite", kQ, kToy | kBook | kClothes}, {"clever", kQ, kToy | kBook}, {"funny", kQ, kToy | kBook},
    {"strange", kQ, kGem | kBook | kNature}, {"curious", kQ, kGem | kBook},   {"dusty", kQ, kBook | kLockable | kClay | kGlass}, {"thick", kQ, kBook | kCloth},
    {"thin", kQ, kBook | kCloth},        {"long", kQ, kBook | kTool},         {"sturdy", kQ, kTool | kHeavy | kWood}, {"strong", kQ, kTool | kLeather},
    {"sharp", kQ, kTool & kMetal},       {"handy", kQ, kTool},                {"light", kQ, kToy | kPaper},       {"fast", kQ, kToy},
    {"loud", kQ, kMusic},                {"sweet", kQ, kFruit | kSweet | kBaked}, {"ripe", kQ, kFruit},           {"juicy", kQ, kFruit},
    {"fresh", kQ, kRipe | kBaked},       {"crisp", kQ, kRipe | kBaked},       {"crunchy", kQ, kVegetable},        {"plump", kQ, kRipe | kSeed},
    {"sour", kQ, kFruit},                {"hot", kQ, kDrink | kBaked},        {"tasty", kQ, kTasty | kRipe},      {"delicious", kQ, kTasty | kFruit},
    {"sticky", kQ, kSweet},              {"creamy", kQ, kDrink},              {"golden", kC, kMetal | kGem | kBaked},
    {"magic", kQ, kGem | kLight},        {"plain", kQ, kMadeThings},          {"noisy", kQ, kMusic | kToy},       {"perfect", kQ, kGift | kFruit},
    {"tall", kQ, kHeavy},                {"lucky", kQ, kGem | kNature},  {"bright", kQ, kLight | kPainted},
    {"dented", kQ, kMetal},               {"creaky", kQ, kWood},                {"fragile", kQ, kGlass | kClay},      {"delicate", kQ, kGlass | kClay | kGem}, {"graceful", kQ, kMusic},
    {"elegant", kQ, kClothes},            {"ragged", kQ, kCloth},               {"faded", kQ, kBook | kPaper},        {"crumpled", kQ, kPaper},             {"yellowed", kQ, kBook},
    {"mysterious", kQ, kBook | kGem},     {"gorgeous", kQ, kGift},              {"charming", kQ, kToy | kGift},       {"comfortable", kQ, kClothes},        {"bulky", kQ, kHeavy},
    {"enormous", kQ, kHeavy},             {"massive", kQ, kHeavy},              {"slender", kQ, kTool | kMusic},      {"knobby", kQ, kVegetable | kWood},   {"fuzzy", kQ, kCloth},
    {"spicy", kQ, kDrink},                {"steaming", kQ, kDrink},             {"crusty", kQ, kBaked},               {"buttery", kQ, kBaked},              {"sugary", kQ, kSweet},
    {"tangy", kQ, kFruit},                {"fragrant", kQ, kFruit | kDrink},    {"bitter", kQ, kDrink},               {"oval", kQ, kGem | kStone},          {"jagged", kQ, kStone},
    {"indigo", kC, kPainted},             {"maroon", kC, kPainted},             {"beige", kC, kCloth},                {"ivory", kC, kGem | kClay},          {"amber", kC, kGlass | kGem},
    {"coral", kC, kPainted},              {"quilted", kM, kCloth},              {"crocheted", kM, kCloth},            {"pewter", kM, kMetal},               {"cherrywood", kM, kWood},
    {"mahogany", kM, kWood},              {"porcelain", kM, kClay},             {"granite", kM, kStone},              {"jade", kM, kStone},                 {"tweed", kM, kCloth},
    {"red", kC, kPainted},               {"blue", kC, kPainted},              {"green", kC, kPainted},            {"yellow", kC, kPainted},
    {"orange", kC, kPainted},            {"purple", kC, kPainted},            {"pink", kC, kPainted},             {"white", kC, kPainted},
    {"black", kC, kPainted},             {"brown", kC, kPainted | kLeather},  {"gray", kC, kPainted | kStone},    {"violet", kC, kPainted},
    {"scarlet", kC, kPainted},           {"turquoise", kC, kPainted},         {"silver", kC, kMetal},             {"crimson", kC, kPainted},
    {"striped", kC, kPainted},           {"spotted", kC, kPainted},           {"checkered", kC, kCloth},          {"flowery", kC, kCloth},
    {"speckled", kC, kStone | kNature},  {"rainbow", kC, kPainted},           {"navy", kC, kCloth},               {"lilac", kC, kPainted},
    {"wooden", kM, kWood},               {"carved", kM, kWood | kStone},      {"oak", kM, kWood},                 {"bamboo", kM, kWood},
    {"pine", kM, kWood},                 {"cedar", kM, kWood},                {"tin", kM, kMetal},                {"copper", kM, kMetal},
    {"brass", kM, kMetal},               {"iron", kM, kMetal},                {"steel", kM, kMetal},              {"bronze", kM, kMetal},
    {"cotton", kM, kCloth},              {"woolen", kM, kCloth},              {"velvet", kM, kCloth},             {"silk", kM, kCloth},
    {"linen", kM, kCloth},               {"felt", kM, kCloth},                {"knitted", kM, kCloth},            {"leather", kM, kLeather},
    {"paper", kM, kPaper & kToy},        {"glass", kM, kGlass},               {"clay", kM, kClay},                {"china", kM, kClay},
    {"marble", kM, kStone},              {"stone", kM, kStone},               {"embroidered", kM, kCloth},        {"painted", kM, kWood | kClay},
};

constexpr Phrase kAdverbs[] = {
    {"quickly", kMoving | kWorking},     {"slowly", kMoving | kWorking | kSpeaking | kHandling}, {"quietly", kMoving | kSpeaking | kWorking | kHandling}, {"carefully", kHandling | kMoving | kWorking},
    {"gently", kHandling | kSpeaking},   {"softly", kSpeaking},               {"silently", kMoving},              {"swiftly", kMoving},
    {"briskly", kMoving},                {"steadily", kMoving | kWorking},    {"patiently", kWorking},            {"busily", kWorking},
    {"neatly", kWorking | kHandling},    {"eagerly", kMoving | kHandling | kSpeaking, kGladMoods | mood(kCurious) | mood(kHopeful)},
    {"happily", kMoving | kSpeaking | kHandling | kWorking, kGladMoods}, {"cheerfully", kMoving | kSpeaking | kWorking, kGladMoods},
    {"merrily", kMoving | kSpeaking, kGladMoods}, {"gladly", kMoving | kSpeaking | kHandling, kGladMoods}, {"joyfully", kSpeaking | kMoving, kGladMoods},
    {"proudly", kSpeaking | kHandling | kMoving, mood(kPride)}, {"gratefully", kSpeaking, mood(kGrateful)},
    {"warmly", kSpeaking, kGladMoods}, {"kindly", kSpeaking}, {"fondly", kSpeaking, mood(kFond)}, {"brightly", kSpeaking, kGladMoods},
    {"sadly", kMoving | kSpeaking, kLowMoods}, {"gloomily", kMoving | kSpeaking, kLowMoods}, {"miserably", kSpeaking, kLowMoods},
    {"unhappily", kMoving | kSpeaking, kLowMoods | mood(kWorried)}, {"sorrowfully", kSpeaking, kLowMoods}, {"tearfully", kSpeaking, kLowMoods},
    {"wearily", kMoving | kSpeaking, mood(kTired)}, {"sleepily", kMoving | kSpeaking, mood(kTired)},
    {"angrily", kMoving | kSpeaking, mood(kAngry)}, {"crossly", kSpeaking, mood(kAngry)}, {"furiously", kSpeaking, mood(kAngry)},
    {"grumpily", kSpeaking, mood(kAngry)}, {"nervously", kMoving | kSpeaking, mood(kNervous) | mood(kAfraid) | mood(kWorried)},
    {"anxiously", kMoving | kSpeaking, mood(kWorried) | mood(kAfraid)}, {"fearfully", kSpeaking | kMoving, mood(kAfraid)},
    {"timidly", kMoving | kSpeaking, mood(kShy) | mood(kAfraid) | mood(kNervous)}, {"shyly", kSpeaking, mood(kShy)},
    {"bashfully", kSpeaking, mood(kShy)}, {"bravely", kMoving | kSpeaking, mood(kBrave) | mood(kPride)}, {"boldly", kMoving | kSpeaking, mood(kBrave) | mood(kPride)},
    {"guiltily", kSpeaking, mood(kGuilty)}, {"calmly", kSpeaking | kMoving, mood(kCalm) | mood(kRelief)},
    {"hopefully", kSpeaking, mood(kHopeful) | mood(kEager)}, {"curiously", kSpeaking, mood(kCurious)}, {"thoughtfully", kSpeaking},
    {"excitedly", kMoving | kSpeaking, mood(kEager) | mood(kJoy)}, {"impatiently", kSpeaking, mood(kBored) | mood(kEager)},
    {"lazily", kMoving, mood(kCalm) | mood(kTired) | mood(kBored)}, {"jealously", kSpeaking, mood(kJealous)}, {"enviously", kSpeaking, mood(kJealous)},
    {"lightly", kMoving | kHandling}, {"firmly", kHandling | kSpeaking}, {"tenderly", kHandling}, {"skillfully", kWorking}, {"cleverly", kWorking}, {"diligently", kWorking},
    {"politely", kSpeaking}, {"earnestly", kSpeaking}, {"honestly", kSpeaking}, {"simply", kSpeaking}, {"seriously", kSpeaking}, {"solemnly", kSpeaking},
};

constexpr Phrase kFeelings[] = {
    {"happy", mood(kJoy)},        {"glad", mood(kJoy)},          {"delighted", mood(kJoy)},    {"joyful", mood(kJoy)},       {"overjoyed", mood(kJoy)},    {"jubilant", mood(kJoy)},
    {"pleased", mood(kJoy)},      {"over the moon", mood(kJoy)},         {"thrilled", mood(kJoy)},     {"thankful", mood(kGrateful)},  {"grateful", mood(kGrateful)},  {"touched", mood(kGrateful)},
    {"proud", mood(kPride)},      {"very proud", mood(kPride)},  {"strong and clever", mood(kPride)}, {"relieved", mood(kRelief)}, {"much better", mood(kRelief)}, {"safe again", mood(kRelief)},
    {"excited", mood(kEager)},    {"eager", mood(kEager)},       {"full of excitement", mood(kEager)}, {"full of love", mood(kFond)}, {"warm inside", mood(kFond)}, {"soft-hearted", mood(kFond)},
    {"kind and warm", mood(kFond)}, {"sad", mood(kSad)},         {"unhappy", mood(kSad)},      {"miserable", mood(kSad)},    {"heartbroken", mood(kSad)},  {"sorrowful", mood(kSad)},
    {"upset", mood(kSad)},        {"gloomy", mood(kSad)},        {"tearful", mood(kSad)},      {"angry", mood(kAngry)},      {"cross", mood(kAngry)},      {"furious", mood(kAngry)},
    {"annoyed", mood(kAngry)},    {"mad", mood(kAngry)},         {"indignant", mood(kAngry)},     {"afraid", mood(kAfraid)},    {"scared", mood(kAfraid)},    {"frightened", mood(kAfraid)},
    {"terrified", mood(kAfraid)}, {"fearful", mood(kAfraid)},    {"worried", mood(kWorried)},  {"anxious", mood(kWorried)},  {"troubled", mood(kWorried)}, {"uneasy", mood(kWorried)},
    {"full of regret", mood(kGuilty)},     {"guilty", mood(kGuilty)},     {"ashamed", mood(kGuilty)},   {"terrible", mood(kGuilty)},  {"jealous", mood(kJealous)},  {"envious", mood(kJealous)},
    {"green with envy", mood(kJealous)}, {"lonely", mood(kLonely)}, {"left out", mood(kLonely)}, {"alone", mood(kLonely)},    {"forgotten", mood(kLonely)}, {"bored", mood(kBored)},
    {"restless", mood(kBored)},   {"fed up", mood(kBored)},   {"disappointed", mood(kLetDown)}, {"let down", mood(kLetDown)}, {"discouraged", mood(kLetDown)}, {"frustrated", mood(kLetDown)},
    {"surprised", mood(kSurprised)}, {"amazed", mood(kSurprised)}, {"astonished", mood(kSurprised)}, {"startled", mood(kSurprised)}, {"eager to know more", mood(kCurious)}, {"full of wonder", mood(kCurious)},
    {"interested", mood(kCurious)}, {"tired", mood(kTired)},     {"sleepy", mood(kTired)},     {"weary", mood(kTired)},      {"worn out", mood(kTired)},   {"exhausted", mood(kTired)},
    {"hungry", mood(kHungry)},    {"starving", mood(kHungry)},   {"very hungry", mood(kHungry)}, {"cold", mood(kCold)},      {"chilly", mood(kCold)},      {"wet and cold", mood(kCold)},
    {"calm", mood(kCalm)},        {"peaceful", mood(kCalm)},     {"content", mood(kCalm)},     {"at ease", mood(kCalm)},     {"tongue-tied", mood(kShy)},          {"bashful", mood(kShy)},
    {"nervous", mood(kNervous)},  {"jumpy", mood(kNervous)},     {"fidgety", mood(kNervous)},  {"puzzled", mood(kPuzzled)},  {"confused", mood(kPuzzled)}, {"baffled", mood(kPuzzled)},
    {"hopeful", mood(kHopeful)},  {"sure of success", mood(kHopeful)}, {"courageous", mood(kBrave)}, {"daring", mood(kBrave)},      {"full of courage", mood(kBrave)}, {"ready for anything", mood(kBrave)},
};

// A pair of traits excludes one another: nobody is both quiet and loud.
constexpr Phrase kTraits[] = {
    {"kind", 1, 0},       {"gentle", 1, 0},      {"generous", 1, 0},   {"good-hearted", 1, 0}, {"selfish", 1, 1},   {"quiet", 2, 0},      {"shy", 2, 0},        {"noisy", 2, 1},
    {"talkative", 2, 1},  {"lively", 2, 1},      {"brave", 3, 0},      {"bold", 3, 0},        {"fearless", 3, 0},   {"timid", 3, 1},      {"careful", 4, 0},    {"tidy", 4, 0},
    {"clumsy", 4, 1},     {"messy", 4, 1},       {"forgetful", 4, 1},  {"careless", 4, 1},    {"patient", 5, 0},    {"impatient", 5, 1},  {"hasty", 5, 1},      {"cheerful", 6, 0},
    {"merry", 6, 0},      {"jolly", 6, 0},       {"grumpy", 6, 1},     {"sulky", 6, 1},      {"clever", 7, 0},     {"bright", 7, 0},     {"wise", 7, 0},       {"silly", 7, 1},
    {"curious", 8, 0},    {"adventurous", 8, 0}, {"dreamy", 8, 1},     {"hardworking", 9, 0}, {"lazy", 9, 1},       {"stubborn", 10, 0},  {"easygoing", 10, 1}, {"honest", 11, 0},
    {"boastful", 12, 1},  {"modest", 12, 0},     {"polite", 13, 0},    {"friendly", 13, 0},   {"cheeky", 13, 1},    {"playful", 14, 0},   {"serious", 14, 1},   {"thoughtful", 15, 0}, {"dependable", 15, 0}, {"mischievous", 14, 0}, {"energetic", 9, 0}, {"humble", 12, 0}, {"courteous", 13, 0}, {"sensible", 7, 0}, {"imaginative", 8, 1}, {"orderly", 4, 0}, {"absent-minded", 4, 1}, {"loyal", 11, 0}, {"optimistic", 6, 0}, {"whiny", 6, 1}, {"chatty", 2, 1}, {"spirited", 3, 0},
    {"helpful", 15, 0},   {"bossy", 12, 1},
};

constexpr Phrase kDwellings[] = {
    {"in a busy town", kTown},                          {"in a town with crooked streets", kTown},          {"in a tall house in the city", kTown},        {"on a street lined with lime trees", kTown},
    {"in a small town at the end of the railway", kTown}, {"above a shop in the middle of town", kTown},    {"on a small farm", kFarm},                    {"in a village among the fields", kFarm},
    {"in a farmhouse with a thatched roof", kFarm},     {"in a sleepy village", kFarm},                     {"at the edge of a village", kFarm},           {"in a fishing village", kSea},
    {"in a white house by the sea", kSea},              {"on a windy coast", kSea},                         {"near a harbor full of boats", kSea},         {"on a small island", kSea},
    {"in a deep green wood", kWoods},                   {"under the roots of a great oak", kWoods},         {"in a quiet part of the woods", kWoods},      {"where the birch trees grow", kWoods},
    {"in a forest full of birds", kWoods},              {"beside a woodland brook", kWoods},                {"high in the mountains", kMountain},          {"in a village under snowy peaks", kMountain},
    {"in a wooden house on a mountainside", kMountain}, {"in a kingdom far away", kCastle},                 {"in a castle with seven towers", kCastle},    {"in the days of kings and queens", kCastle},
    {"in a town of clay houses at the edge of the desert", kDesert}, {"where the sand is as wide as the sea", kDesert}, {"among the tents of a caravan", kDesert}, {"in a village near the jungle", kJungle},
    {"in a house on stilts", kJungle},                  {"beside a wide brown river in the jungle", kJungle},
};

constexpr Tags kSmallAnimal = 1, kBird = 2, kObject = 4;
constexpr Phrase kNoises[] = {
    {"a scratching sound", kSmallAnimal}, {"a tiny squeak", kSmallAnimal},   {"a rustle", kSmallAnimal | kBird}, {"a soft whimper", kSmallAnimal}, {"a strange snuffling", kSmallAnimal},
    {"a faint cry", kSmallAnimal | kBird}, {"a sneeze", kSmallAnimal},      {"a thump", kSmallAnimal | kObject}, {"a flutter of wings", kBird},     {"a sad peeping", kBird},
    {"a tapping at the window", kBird | kObject}, {"a creak", kObject},      {"a loud bang", kObject}, {"a muffled groan", kSmallAnimal}, {"a gentle cooing", kBird}, {"a nibbling sound", kSmallAnimal}, {"a shrill whistle", kObject | kBird}, {"a clatter of tiles", kObject}, {"a scurrying sound", kSmallAnimal}, {"a pitiful wail", kSmallAnimal}, {"a crackling sound", kObject | kSmallAnimal},           {"a rattle", kObject},             {"a low whistle", kObject},
    {"a patter of small feet", kSmallAnimal}, {"a hungry growl", kSmallAnimal}, {"a splash", kSmallAnimal},      {"a strange hum", kObject},        {"a chirp", kBird},
};

// Ways past an obstacle are numbered as in ways_past().
constexpr Tags way(int i) { return 1u << i; }
constexpr Phrase kObstacles[] = {
    {"a fallen tree", kTown | kFarm | kWoods | kMountain | kJungle, way(0) | way(1) | way(2)},
    {"a wide ditch", kFarm | kTown | kCastle, way(3) | way(6)},
    {"a flooded path", kFarm | kWoods | kJungle | kTown, way(4) | way(5) | way(2)},
    {"a high wall", kTown | kCastle | kDesert, way(0) | way(2)},
    {"a locked gate", kTown | kFarm | kCastle, way(0) | way(2) | way(7)},
    {"a flock of geese", kFarm | kCastle, way(8) | way(9) | way(17)},
    {"a herd of goats", kMountain | kFarm | kDesert, way(8) | way(9)},
    {"a wall of fog", kSea | kMountain, way(10) | way(11)},
    {"a deep snowdrift", kMountain, way(12) | way(2)},
    {"a broken bridge", kFarm | kWoods | kMountain | kCastle | kJungle, way(4) | way(5) | way(6) | way(13)},
    {"a thorny hedge", kFarm | kWoods | kCastle, way(1) | way(7) | way(2)},
    {"a narrow ledge", kMountain | kSea, way(14)},
    {"a dark tunnel", kTown | kMountain | kCastle, way(15) | way(11)},
    {"a pile of rocks", kMountain | kSea | kDesert | kJungle, way(0) | way(2)},
    {"a cloud of sand", kDesert, way(16)},
    {"a sleepy crocodile", kJungle, way(17) | way(2)},
    {"an angry goose", kFarm | kTown, way(17) | way(9) | way(18)},
    {"a big growling dog", kTown | kFarm | kSea, way(18) | way(2)},
    {"a swarm of bees", kFarm | kWoods | kJungle, way(16) | way(2)},
    {"a rushing stream", kWoods | kMountain | kJungle, way(4) | way(6) | way(19)},
    {"a noisy parade", kTown | kCastle, way(8) | way(7)},
    {"a giant puddle", kTown | kFarm | kWoods | kSea, way(3) | way(2) | way(5)},
    {"a heap of fishing nets", kSea, way(0) | way(2)},
    {"a landslide", kMountain | kJungle | kDesert, way(0) | way(2) | way(13)},
    {"a stubborn donkey", kFarm | kDesert | kMountain, way(9) | way(18) | way(2)},
    {"a wagon with a broken axle", kFarm | kCastle | kTown, way(2) | way(7)},
    {"a patch of quicksand", kJungle | kDesert, way(2) | way(6)},
    {"a collapsed wall", kCastle | kTown, way(0) | way(2)},
    {"a hornet nest", kWoods | kFarm, way(17) | way(2)},
    {"a thick curtain of thistles", kFarm | kWoods, way(1) | way(2)},
    {"a crowd of tourists", kTown | kSea, way(7) | way(8)},
    {"a drifting log", kJungle | kSea | kWoods, way(5) | way(13)},
    {"a slippery slope", kSea | kWoods | kMountain, way(14) | way(2)},
    {"a tangle of vines", kJungle | kWoods, way(7) | way(1)},
    {"a line of camels", kDesert, way(8) | way(9)},
    {"a row of heavy carts", kDesert | kCastle | kFarm, way(7) | way(8)},
    {"a sleeping guard dog", kCastle | kTown, way(17)},
};

constexpr Phrase kFears[] = {
    {"the dark", kDark, kAnyHour},          {"deep water", kWater, kAnyHour},       {"high places", kHigh, kAnyHour},    {"shadows", kDark | kTrees, kAnyHour},
    {"the echo", kRocks | kHall, kAnyHour}, {"spiders", kDark | kBarn, kAnyHour},   {"bats", kDark, kAnyHour},           {"ghosts", kDark | kHigh, kAnyHour},    {"thunder", kTrees | kSoil | kHigh, kAnyHour}, {"snakes", kTrees | kRocks | kSoil, kAnyHour},
    {"wasps", kSoil | kYard, kAnyHour},    {"cobwebs", kDark | kBarn, kAnyHour},   {"crowds", kShop | kSchool, kAnyHour}, {"squeaky floors", kBarn | kHigh, kAnyHour},           {"loud noises", kHall | kBarn | kShop, kAnyHour},
    {"strangers", kShop | kHall, kAnyHour}, {"steep steps", kHigh | kHall, kAnyHour}, {"big waves", kSand, kAnyHour},    {"thick bushes", kTrees, kAnyHour},
};

constexpr Phrase kSkies[] = {
    {"sunny", kSunny}, {"bright", kSunny}, {"warm", kSunny},   {"rainy", kRain},   {"wet", kRain},    {"drizzly", kRain}, {"windy", kWind},   {"breezy", kWind},  {"blustery", kWind},
    {"snowy", kSnow},  {"frosty", kSnow},  {"foggy", kFog},    {"misty", kFog},    {"stormy", kStorm}, {"cloudy", kCloudy}, {"gray", kCloudy}, {"dull", kCloudy},
};

constexpr Phrase kHours[] = {{"morning", kMorning}, {"day", kNoon}, {"afternoon", kAfternoon}, {"evening", kEvening}, {"night", kNight}};

constexpr Phrase kNumbers[] = {
    {"one"}, {"two"}, {"three"}, {"four"}, {"five"}, {"six"}, {"seven"}, {"eight"}, {"nine"}, {"ten"}, {"eleven"}, {"twelve"}, {"thirteen"}, {"fourteen"}, {"fifteen"}, {"sixteen"}, {"seventeen"}, {"eighteen"}, {"nineteen"}, {"twenty"},
};

}  // namespace

std::span<const Adjective> adjectives() { return kAdjectives; }
std::span<const Phrase> adverbs() { return kAdverbs; }
std::span<const Phrase> feelings() { return kFeelings; }
std::span<const Phrase> traits() { return kTraits; }
std::span<const Phrase> dwellings() { return kDwellings; }
std::span<const Phrase> noises() { return kNoises; }
std::span<const Phrase> obstacles() { return kObstacles; }
std::span<const Phrase> fears() { return kFears; }
std::span<const Phrase> skies() { return kSkies; }
std::span<const Phrase> hours() { return kHours; }
std::span<const Phrase> numbers() { return kNumbers; }

}  // namespace gimbal::world
