// The air of a story: weather, hours, sights and sounds; moments that open a sentence; what a story can teach.
#include "data/world/facts.h"
#include "data/world/lexicon.h"

namespace gimbal::world {
namespace {

constexpr Tags kAlways = kAnyHour | kAnyWeather, kLit = kDay | kEvening;
constexpr Tags kDry = kAnyWeather & ~(kRain | kStorm | kSnow);
constexpr Tags kOut = kOutdoors, kIn_ = kIndoors;

// Choices in round brackets multiply; an empty choice leaves the words out.
constexpr Phrase kScenes[] = {
    {"The sun (shone|sparkled|blazed) (brightly|warmly|in a clear sky).", kDay | kSunny, kOut},
    {"The sky was (blue|clear|bright) (and wide|from end to end|without a single cloud).", kDay | kSunny, kOut},
    {"(Sunlight|Golden light) (danced|glittered|played) on the water.", kDay | kSunny, kWater},
    {"(Sunbeams|Bright rays) (fell|slanted|streamed) through the window.", kDay | kSunny, kIn_},
    {"The (air|breeze) was (warm|mild|sweet) and smelled of (flowers|hay|fresh grass).", kDay | kSunny, kSoil | kYard},
    {"It was so (hot|warm) that even the (flies|bees|beetles) were (sleepy|slow).", kNoon | kAfternoon | kSunny, kOut},
    {"Rain (drummed|pattered|tapped) on the (roof|windows).", kAnyHour | kRain | kStorm, kIn_},
    {"(Raindrops|Fat drops) (ran|rolled|slid) down the windows.", kAnyHour | kRain | kStorm, kIn_},
    {"The rain (fell|poured|came down) (softly|steadily|in long gray lines).", kAnyHour | kRain, kOut},
    {"Every (leaf|twig|stone) (dripped|shone) with rain.", kAnyHour | kRain, kTrees},
    {"Little (rivers|streams) of rain ran along the (ground|path).", kAnyHour | kRain | kStorm, kOut},
    {"Thunder (rolled|rumbled|growled) (far away|over the hills|above the roofs).", kAnyHour | kStorm, 0},
    {"Lightning (flashed|flickered|lit up the sky) (again and again|for a moment).", kAnyHour | kStorm, 0},
    {"The wind (howled|roared|whistled) around the (corners|walls).", kAnyHour | kStorm | kWind, kIn_},
    {"The wind (tugged|pulled) at (coats|hats|everything) and (tossed|shook) the (bushes|leaves).", kAnyHour | kWind | kStorm, kOut},
    {"The (grass|tall grass) (bent|swayed|rippled) in the wind.", kAnyHour | kWind | kStorm, kSoil | kYard},
    {"Dry leaves (whirled|spun|tumbled) over the ground.", kLit | kWind, kTrees | kYard},
    {"The wind (whispered|sang|sighed) in the (branches|treetops).", kAnyHour | kWind, kTrees},
    {"(Waves|White waves) (rolled|crashed|broke) against the (shore|rocks|stones).", kAnyHour | kWind | kStorm, kSand | kRocks},
    {"(Snow|Soft snow) (lay|sparkled|glittered) on (everything|the roofs|the ground).", kAnyHour | kSnow, kOut},
    {"(Snowflakes|White flakes) (danced|drifted|floated) (down|through the air|past in silence).", kAnyHour | kSnow, kOut},
    {"The (frost|ice) painted (flowers|stars|feathers) on the window.", kAnyHour | kSnow, kIn_},
    {"Everybody's breath made (little clouds|white puffs) in the (cold|frosty) air.", kAnyHour | kSnow, kOut},
    {"(Fog|Mist) (hung|lay|crept) over (everything|the ground|the rooftops).", kAnyHour | kFog, kOut},
    {"In the (fog|mist), the (trees|houses|bushes) looked like (giants|ghosts|sleeping animals).", kLit | kFog, kOut},
    {"(Gray|Heavy|Dark) clouds (hung|gathered|drifted) (low|overhead|in the sky).", kLit | kCloudy | kRain | kStorm, kOut},
    {"The day was (gray|dull|still) and (quiet|cool|sleepy).", kDay | kCloudy | kFog, 0},
    {"(Dew|A thousand drops of dew) (shone|sparkled|glittered) on the (grass|spiderwebs|leaves).", kMorning | kSunny | kCloudy, kSoil | kTrees | kYard},
    {"A rooster crowed (in the distance|somewhere|far off).", kMorning | kAnyWeather, kOut},
    {"The (morning|early) air was (fresh|cool|crisp).", kMorning | kDry, kOut},
    {"The (smell|scent) of (breakfast|fresh bread|toast) was in the air.", kMorning | kAnyWeather, kHomely},
    {"(Birds|Sparrows|Swallows|Blackbirds) (sang|chirped|twittered) in the (trees|bushes|branches).", kMorning | kNoon | kAfternoon | kSunny | kCloudy, kTrees | kYard},
    {"A (bee|bumblebee|butterfly|dragonfly) (hummed|drifted|fluttered) (by|past|from flower to flower).", kDay | kSunny, kSoil | kTrees | kYard},
    {"(Crickets|Grasshoppers) (chirped|sang|hummed) in the grass.", kAfternoon | kEvening | kSunny | kCloudy, kSoil | kYard},
    {"The shadows (grew|were) (long|longer and longer).", kAfternoon | kEvening | kSunny, kOut},
    {"The sun was (low|sinking) and the sky (turned|was) (pink|orange|gold|red).", kEvening | kSunny, kOut},
    {"The first (star|stars) (twinkled|came out|appeared) above the (roofs|hills|trees).", kEvening | kSunny | kCloudy | kWind, kOut},
    {"One by one, the (lamps|lights) were lit.", kEvening | kAnyWeather, kShop | kHall | kHomely | kYard},
    {"(A fire|The fire) (crackled|glowed|burned low) in the (stove|hearth).", kEvening | kNight | kAnyWeather, kHomely},
    {"The moon (shone|rose|hung) (like a silver coin|above the trees|over the world).", kNight | kSunny | kCloudy | kWind | kSnow, kOut},
    {"(Moonlight|Silver light) (fell|lay) on the (floor|walls|blankets).", kNight | kSunny | kCloudy | kWind | kSnow, kIn_},
    {"The (night|darkness) was (still|deep|quiet) and (soft|cool|full of stars).", kNight | kSunny | kCloudy, kOut},
    {"An owl (hooted|called) (in the dark|from a tree|far away).", kNight | kAnyWeather, kOut},
    {"(Moths|Fireflies) (danced|fluttered|glimmered) in the (dark|dusk).", kEvening | kNight | kSunny | kCloudy, kOut},
    {"A clock (ticked|struck) (slowly|softly|somewhere in the house).", kAlways, kHomely | kHall},
    {"It was (warm|snug) and smelled of (bread|soup|cinnamon|polish).", kAlways, kHomely},
    {"The room was (quiet|still|peaceful).", kAlways, kHomely | kSchool | kHall},
    {"A (fly|moth) (buzzed|bumped) against the window.", kAlways, kIn_},
    {"(Dust|Fine dust) (danced|floated|glittered) in the light.", kDay | kSunny | kCloudy, kIn_},
    {"It smelled of (hay|straw|old wood|wood shavings).", kAlways, kBarn},
    {"(Mice|Small mice) (rustled|scurried) in the (straw|corners).", kAlways, kBarn},
    {"It smelled of (spice|new bread|soap|coffee|ripe fruit).", kAlways, kShop},
    {"People (chatted|talked|laughed) and (counted their coins|looked at the goods|waited in line).", kLit | kAnyWeather, kShop},
    {"(A bell|The little bell) over the door (rang|jingled|tinkled).", kLit | kAnyWeather, kShop | kIn_},
    {"Children (ran|shouted|laughed) and (jumped|skipped|chased one another).", kDay | kDry, kYard | kSchool},
    {"(Chalk|Chalk dust) and (paper|new books) could be smelled everywhere.", kDay | kAnyWeather, kSchool},
    {"Every footstep (echoed|rang).", kAlways, kHall | kRocks},
    {"(Portraits|Old pictures|Statues) (looked|gazed) down from the walls.", kAlways, kHall},
    {"It was (dark|dim|gloomy) and smelled of (dust|earth|damp stone).", kAlways, kDark | kIn_},
    {"A (drop|trickle) of water (dripped|fell) somewhere.", kAlways, kDark | kRocks},
    {"The (trees|tall trees) (stood|rose) like (pillars|silent guards|green towers).", kLit | kDry, kTrees},
    {"(Moss|Soft moss) covered the (stones|roots) like a (carpet|green blanket).", kLit | kAnyWeather, kTrees},
    {"A (squirrel|woodpecker|jay) (scolded|tapped|called) high in a tree.", kDay | kDry, kTrees},
    {"The water (gurgled|murmured|babbled|splashed) (along|over the stones).", kAlways, kWater},
    {"(A fish|A silver fish) (jumped|leaped|splashed) (and was gone|in the water).", kLit | kDry, kWater},
    {"(Ducks|Geese|Wild ducks) (swam|paddled) in (circles|a long line).", kDay | kDry, kWater},
    {"(Reeds|Rushes) (whispered|swayed|rustled) at the edge of the water.", kLit | kAnyWeather, kWater},
    {"The air (smelled|tasted) of salt.", kAlways, kSand},
    {"(Seagulls|White gulls) (wheeled|circled|cried) overhead.", kDay | kDry, kSand},
    {"The sand was (warm|soft|hot) underfoot.", kDay | kSunny, kSand},
    {"From up there, the (houses|trees|fields) looked (tiny|like toys|no bigger than beans).", kDay | kSunny | kCloudy | kWind, kHigh},
    {"The wind was (cooler|stronger|fresher) so high up.", kLit | kDry, kHigh},
    {"The earth smelled (dark|rich|sweet) and (damp|good).", kLit | kAnyWeather, kSoil},
    {"(Worms|Fat worms) (wriggled|curled) in the soil.", kDay | kRain | kCloudy, kSoil},
    {"A (lizard|beetle|spider) (sat|rested|basked) on a warm stone.", kDay | kSunny, kRocks | kSoil},
    {"Nobody (spoke|said a word) for a while.", kAlways, 0},
    {"For a moment, (everything|all) was (still|silent|quiet).", kAlways, 0},
    {"Everything seemed (possible|new|a little brighter).", kDay | kSunny, 0},
    {"(Time|The hours) (passed|went by) (slowly|quickly).", kAlways, 0},
    {"It was (a good|a fine|the right) day for (adventures|new things|being outside).", kMorning | kSunny, 0},
    {"Somewhere, (a dog barked|a door slammed|somebody laughed|a child sang).", kAlways, kYard | kShop | kHomely},
    {"(Puddles|Big puddles) (shone|lay) (everywhere|on the ground).", kLit | kRain, kOut},
    {"The world (looked|smelled) (clean|fresh) (and new|after the rain).", kMorning | kSunny, kOut},
    {"(A rainbow|A bright rainbow) (stood|stretched|appeared) over the (hills|roofs|water).", kAfternoon | kSunny, kOut},
    {"(Swallows|Swifts|Pigeons) (darted|swooped|sailed) (overhead|across the sky).", kLit | kSunny | kCloudy, kOut},
};

constexpr Phrase kMoments[] = {
    {"one morning", kMorning, kOnce},       {"one afternoon", kAfternoon, kOnce},   {"one evening", kEvening, kOnce},     {"one day", 0, kOnce},
    {"early one morning", kMorning, kOnce}, {"once", 0, kOnce},                     {"at noon", kNoon},                   {"around lunchtime", kNoon},
    {"after lunch", kAfternoon},            {"that afternoon", kAfternoon},         {"in the afternoon", kAfternoon},     {"late in the afternoon", kAfternoon},
    {"that evening", kEvening},             {"in the evening", kEvening},           {"at sunset", kEvening},              {"when the sun went down", kEvening},
    {"after supper", kEvening},             {"that night", kNight},                 {"late at night", kNight},            {"at bedtime", kNight},
    {"the next morning", kMorning, kNextDay}, {"early the next day", kMorning, kNextDay}, {"the next day", 0, kNextDay},   {"the following afternoon", kAfternoon, kNextDay},
    {"a week later", 0, kNextDay},          {"some days later", 0, kNextDay},       {"two days later", 0, kNextDay},      {"a few weeks later", 0, kNextDay},
    {"soon", 0},                            {"before long", 0},                     {"after a while", 0},                 {"a little later", 0},
    {"just then", 0},                       {"at that moment", 0},                  {"suddenly", 0},                      {"then", 0},
    {"at last", 0},                         {"finally", 0},                         {"in the end", 0},                    {"now", 0},
    {"after that", 0},                      {"a moment later", 0},                  {"for a while", 0},                   {"first", 0},
    {"all at once", 0},                     {"by and by", 0},                       {"in no time", 0},                    {"once more", 0},
};

constexpr Phrase kTurns[] = {
    {"it [begin] to rain", kRain},          {"rain [begin] to fall", kRain},         {"the clouds [break] and rain [pour] down", kRain}, {"a cold rain [set] in", kRain},
    {"a storm [come] up", kStorm},          {"a thunderstorm [break] over the land", kStorm}, {"the sky [turn] black and it [begin] to thunder", kStorm},
    {"a strong wind [spring] up", kWind},   {"the wind [begin] to blow", kWind},     {"it [begin] to snow", kSnow},        {"the first snowflakes [fall]", kSnow},
    {"fog [roll] in", kFog},                {"a thick mist [rise]", kFog},           {"the clouds [drift] away and the sun [come] out", kSunny}, {"the sun [break] through the clouds", kSunny},
    {"the sky [clear]", kSunny},            {"clouds [hide] the sun", kCloudy},
};

constexpr Phrase kMorals[] = {
    {"sharing makes everything sweeter", theme(kSharing)},             {"there is always enough for two", theme(kSharing)},               {"a thing is more fun when it is shared", theme(kSharing)},
    {"it is best to tell the truth", theme(kHonesty)},                 {"a true word makes the heart light", theme(kHonesty)},            {"saying sorry takes courage", theme(kHonesty)},
    {"being brave does not mean having no fear", theme(kCourage)},     {"courage grows when it is used", theme(kCourage)},                {"most scary things are small when you look at them closely", theme(kCourage)},
    {"good things take time", theme(kPatience)},                       {"what grows slowly grows well", theme(kPatience)},                {"waiting is easier with a hopeful heart", theme(kPatience)},
    {"a helping hand is worth more than gold", theme(kHelping)},       {"kindness always finds its way back", theme(kHelping)},           {"helping others feels wonderful", theme(kHelping)},
    {"a promise is a promise", theme(kPromise)},                       {"a promise must be kept", theme(kPromise)},                       {"practice turns hard things into easy ones", theme(kPracticing)},
    {"nobody learns without making mistakes", theme(kPracticing)},     {"the next try may be the lucky one", theme(kPracticing)},         {"forgiving a friend is like opening a window", theme(kForgiving)},
    {"anyone can make a mistake", theme(kForgiving)},                  {"a quarrel is over when someone says sorry", theme(kForgiving)},  {"animals remember those who are good to them", theme(kAnimals)},
    {"even the smallest creature needs a friend", theme(kAnimals)},    {"two can do what one cannot", theme(kTogether)},                  {"everything is easier together", theme(kTogether)},
    {"a good friend is the best treasure", theme(kTogether)},          {"asking is better than guessing", theme(kAsking)},                {"one only has to ask", theme(kAsking)},
    {"giving is as sweet as getting", theme(kGiving)},                 {"the best gifts come from the heart", theme(kGiving)},            {"curious eyes find wonderful things", theme(kCuriosity)},
    {"broken things can often be mended", theme(kMending)},            {"it is better to mend a thing than to weep over it", theme(kMending)}, {"those who look carefully will find", theme(kSearching)},
    {"one should never stop looking", theme(kSearching)},
};

constexpr Phrase kCounters[] = {
    {"apple", kPeopled}, {"pear", kPeopled},  {"nut", kAnywhere},   {"acorn", kWoods},    {"berry", kAnywhere},    {"pinecone", kWoods | kMountain}, {"marble", kPeopled},   {"button", kAnywhere},
    {"shell", kSea},     {"egg", kFarm},      {"feather", kAnywhere}, {"pebble", kAnywhere}, {"flower", kAnywhere & ~kDesert}, {"cookie", kPeopled}, {"stamp", kTown}, {"bead", kPeopled},
    {"plum", kAnywhere}, {"walnut", kWoods | kFarm}, {"carrot", kFarm | kWoods}, {"mushroom", kWoods}, {"cherry", kPeopled}, {"date", kDesert}, {"mango", kJungle}, {"pearl", kSea},
};

}  // namespace

std::span<const Phrase> scenes() { return kScenes; }
std::span<const Phrase> moments() { return kMoments; }
std::span<const Phrase> turns() { return kTurns; }
std::span<const Phrase> morals() { return kMorals; }
std::span<const Phrase> counters() { return kCounters; }

}  // namespace gimbal::world
