// Doings as verb phrases: hobbies, chores, games, skills, how faces and voices show feelings, uses of things, harms and cures.
//
// The verb stands in brackets and is inflected by the grammar: "[sweep] the floor" gives swept, sweeping, to sweep.
#include "data/world/lexicon.h"

namespace gimbal::world {
namespace {

using enum Mood;
constexpr Tags use(Use u) { return static_cast<Tags>(u); }
constexpr Tags harm(Break b) { return static_cast<Tags>(b); }
constexpr Tags cure(Cure c) { return static_cast<Tags>(c); }

constexpr Doing kHobbies[] = {
    {"[draw] pictures", kAnywhere},
    {"[sing] songs", kAnywhere},
    {"[climb] trees", kAnywhere & ~kDesert},
    {"[dance] in the rain", kAnywhere & ~kDesert},
    {"[collect] shells", kSea},
    {"[collect] pretty stones", kAnywhere},
    {"[read] stories", kPeopled},
    {"[watch] the clouds", kAnywhere},
    {"[count] the stars", kAnywhere},
    {"[bake] cakes", kAnywhere},
    {"[build] towers", kAnywhere},
    {"[ask] questions", kAnywhere},
    {"[tell] jokes", kAnywhere},
    {"[make] up stories", kAnywhere},
    {"[jump] over puddles", kAnywhere & ~kDesert},
    {"[listen] to the birds", kAnywhere},
    {"[play] tricks", kAnywhere},
    {"[paint] with bright colors", kPeopled},
    {"[fix] old things", kAnywhere},
    {"[swim] in cold water", kAnywhere & ~kDesert},
    {"[run] races", kAnywhere},
    {"[feed] the birds", kPeopled},
    {"[pick] flowers", kAnywhere & ~kDesert},
    {"[dig] holes", kAnywhere},
    {"[whistle] tunes", kAnywhere},
    {"[watch] ants at work", kAnywhere},
    {"[roll] down hills", kAnywhere & ~kDesert},
    {"[chase] butterflies", kAnywhere & ~kDesert},
    {"[sew] tiny clothes", kAnywhere},
    {"[learn] new words", kAnywhere},
    {"[dream] of faraway lands", kAnywhere},
    {"[look] at maps", kPeopled},
    {"[ride] fast", kPeopled},
    {"[walk] barefoot", kAnywhere},
    {"[cook] for others", kAnywhere},
    {"[play] music", kAnywhere},
    {"[invent] games", kAnywhere},
    {"[carve] little figures", kPeopled},
    {"[gaze] at the moon", kAnywhere},
    {"[sail] little boats", kSea | kWoods | kTown},
    {"[explore] old caves", kSea | kMountain},
    {"[catch] snowflakes", kMountain},
    {"[grow] vegetables", kFarm | kTown},
    {"[help] in the garden", kFarm | kTown | kCastle},
    {"[gather] berries", kWoods | kFarm},
    {"[nap] in the sun", kAnywhere},
    {"[juggle] with apples", kAnywhere},
    {"[imitate] animal voices", kAnywhere},
    {"[sketch] insects", kPeopled},
    {"[polish] old coins", kPeopled},
    {"[arrange] flowers", kPeopled},
    {"[recite] poems", kAnywhere},
    {"[tinker] with clocks", kTown | kCastle},
    {"[knit] colorful socks", kPeopled},
    {"[tame] birds", kAnywhere},
    {"[splash] through brooks", kAnywhere & ~kDesert},
    {"[bargain] with merchants", kDesert | kCastle},
    {"[ride] on camels", kDesert},
    {"[paddle] canoes", kJungle | kWoods},
    {"[fish] for trout", kWoods | kMountain | kFarm},
    {"[skate] on frozen ponds", kMountain},
    {"[study] the planets", kTown | kCastle | kMountain},
    {"[balance] on walls", kPeopled},
    {"[braid] ribbons", kAnywhere},
    {"[perform] magic tricks", kPeopled},
    {"[crack] jokes", kPeopled},
    {"[solve] riddles", kAnywhere},
    {"[wear] funny hats", kAnywhere},
};

constexpr Doing kChores[] = {
    {"[sweep] the floor", kHomely | kShop | kHall | kSchool | kBarn},
    {"[wash] the dishes", kHomely},
    {"[dust] the shelves", kShop | kHall | kHomely},
    {"[set] the table", kHomely},
    {"[carry] the firewood", kHomely | kYard | kBarn | kTrees},
    {"[feed] the hens", kBarn | kYard},
    {"[water] the flowers", kYard | kSoil},
    {"[pull] the weeds", kSoil},
    {"[rake] the leaves", kYard | kTrees},
    {"[fold] the towels", kHomely},
    {"[stack] the boxes", kShop | kBarn},
    {"[wipe] the windows", kShop | kHall | kSchool | kHomely},
    {"[pile] up the hay", kBarn},
    {"[brush] the horses", kBarn},
    {"[hang] up the washing", kYard},
    {"[peel] the potatoes", kHomely},
    {"[sort] the letters", kShop | kHall},
    {"[tidy] the shelves", kShop | kHall | kSchool},
    {"[fetch] water", kSoil | kYard | kWater | kHomely},
    {"[clean] the boots", kHomely | kBarn},
    {"[scrub] the steps", kHigh | kHall | kShop},
    {"[load] the cart", kShop | kBarn | kSoil},
    {"[mend] the nets", kSand | kWater},
    {"[coil] the ropes", kWater | kSand},
    {"[gather] sticks", kTrees},
    {"[shell] the peas", kHomely | kSoil},
    {"[count] the sacks", kShop | kBarn},
    {"[polish] the lamps", kHall | kHomely | kHigh},
    {"[pick] up the litter", kYard | kTrees | kOutdoors},
    {"[clear] the path", kOutdoors},
    {"[oil] the hinges", kBarn | kHall},
    {"[wind] the wool", kHomely | kShop},
    {"[chop] the onions", kHomely},
    {"[grind] the coffee", kHomely | kShop},
    {"[iron] the shirts", kHomely},
    {"[darn] the stockings", kHomely},
    {"[beat] the carpets", kYard | kHomely},
    {"[churn] the butter", kBarn | kHomely},
    {"[shear] the sheep", kBarn},
    {"[muck] out the stalls", kBarn},
    {"[prune] the hedges", kYard | kSoil},
    {"[mow] the lawn", kYard},
    {"[harvest] the lettuce", kSoil},
    {"[unload] the crates", kShop | kWater},
    {"[weigh] the vegetables", kShop},
    {"[label] the jars", kShop | kHomely},
    {"[catalog] the books", kHall | kSchool},
    {"[erase] the chalk marks", kSchool},
    {"[sharpen] the pencils", kSchool},
    {"[scour] the pans", kHomely},
    {"[patch] the sails", kSand | kWater},
    {"[scrape] the barnacles off the hull", kSand},
    {"[hold] the ladder", kTrees | kBarn | kHigh},
    {"[carry] the baskets", kOutdoors | kShop},
    {"[stir] the pot", kHomely},
    {"[knead] the dough", kHomely},
};

constexpr Doing kGames[] = {
    {"[play] tag", kOutdoors},
    {"[play] leapfrog", kOutdoors},
    {"[play] catch", kOutdoors},
    {"[play] pirates", kAnywhere | kOutdoors | kIndoors},
    {"[play] checkers", kIndoors},
    {"[play] cards", kIndoors},
    {"[play] dominoes", kIndoors},
    {"[play] guessing games", kIndoors | kOutdoors},
    {"[play] hopscotch", kYard},
    {"[play] marbles in the dust", kYard | kSand},
    {"[build] a castle of cushions", kHomely},
    {"[build] a sandcastle", kSand},
    {"[skip] stones across the water", kWater},
    {"[roll] down the slope", kHigh& kOutdoors},
    {"[act] out a story", kIndoors | kOutdoors},
    {"[sing] rounds", kIndoors | kOutdoors},
    {"[dance] in a circle", kOutdoors | kHall},
    {"[race] to the corner and back", kOutdoors},
    {"[swing] as high as they dared", kYard},
    {"[play] follow the leader", kOutdoors | kTrees},
    {"[draw] funny faces", kIndoors},
    {"[make] shadow animals on the wall", kIndoors},
    {"[tell] riddles", kIndoors | kOutdoors},
    {"[spin] around until everything turned", kOutdoors},
    {"[build] a fort of branches", kTrees},
    {"[pretend] to be explorers", kOutdoors | kTrees},
    {"[imitate] the grown-ups", kIndoors | kOutdoors},
    {"[dress] up as kings and queens", kIndoors},
    {"[hunt] for treasure", kOutdoors | kSand | kRocks},
    {"[wade] after minnows", kWater},
    {"[slide] down the banister", kHall | kHomely},
    {"[fold] paper hats", kIndoors},
    {"[invent] a secret language", kIndoors | kOutdoors},
    {"[balance] on a log", kTrees},
    {"[toss] pebbles at a target", kOutdoors | kRocks},
    {"[crawl] through an obstacle course", kYard | kBarn},
    {"[thread] daisy chains", kSoil},
    {"[bury] each other in the sand", kSand},
    {"[play] knights and dragons", kOutdoors | kHall},
    {"[float] leaves on the water", kWater},
    {"[play] statues", kOutdoors},
    {"[blow] bubbles", kOutdoors},
};

constexpr Doing kSkills[] = {
    {"[swim]", kAnywhere & ~kDesert},
    {"[whistle]", kAnywhere},
    {"[ride] a bicycle", kTown},
    {"[read]", kPeopled},
    {"[dive]", kSea | kWoods | kJungle},
    {"[juggle]", kAnywhere},
    {"[knit]", kPeopled | kWoods},
    {"[tie] a sailor's knot", kSea},
    {"[skate]", kMountain | kTown},
    {"[ski]", kMountain},
    {"[row] a boat", kSea | kWoods | kJungle},
    {"[ride] a pony", kFarm | kCastle | kMountain},
    {"[ride] a camel", kDesert},
    {"[bake] bread", kAnywhere},
    {"[dance]", kAnywhere},
    {"[climb] a rope", kAnywhere},
    {"[write] a letter", kPeopled},
    {"[milk] a goat", kFarm | kDesert | kMountain},
    {"[play] the flute", kAnywhere},
    {"[play] the drum", kAnywhere},
    {"[stand] on one hand", kAnywhere},
    {"[turn] a cartwheel", kAnywhere},
    {"[catch] a ball", kAnywhere},
    {"[skip] rope", kAnywhere},
    {"[weave] a basket", kAnywhere},
    {"[make] a clay pot", kDesert | kFarm | kTown},
    {"[steer] a raft", kJungle | kWoods | kSea},
    {"[walk] on stilts", kPeopled},
    {"[paint] a face", kPeopled},
    {"[jump] over the ditch", kFarm | kWoods},
    {"[blow] a trumpet", kCastle | kTown},
    {"[tell] a story", kAnywhere},
    {"[somersault]", kAnywhere},
    {"[yodel]", kMountain},
    {"[snorkel]", kSea},
    {"[saddle] a horse", kFarm | kCastle},
    {"[fence]", kCastle},
    {"[embroider]", kPeopled},
    {"[spin] wool", kPeopled},
    {"[carve] a spoon", kAnywhere},
    {"[multiply]", kTown | kFarm},
    {"[paddle] a canoe", kJungle | kWoods},
    {"[bow] gracefully", kCastle},
    {"[swing] from a vine", kJungle},
    {"[find] north by the stars", kDesert | kSea},
    {"[play] chess", kPeopled},
    {"[waltz]", kCastle | kTown},
    {"[light] a campfire", kPeopled},
    {"[count] to a hundred", kAnywhere},
    {"[build] a fire", kMountain | kDesert},
    {"[throw] a boomerang", kPeopled},
};

constexpr Doing kExpressions[] = {
    {"[smile]", kGladMoods | mood(kCalm)},
    {"[grin]", kGladMoods},
    {"[laugh]", kGladMoods},
    {"[beam]", kGladMoods},
    {"[giggle]", kGladMoods},
    {"[chuckle]", kGladMoods},
    {"[clap] {his} hands", mood(kJoy) | mood(kEager)},
    {"[jump] for joy", mood(kJoy) | mood(kEager)},
    {"[dance] around in a circle", mood(kJoy) | mood(kEager)},
    {"[hop] up and down", mood(kEager) | mood(kJoy)},
    {"[cheer]", mood(kJoy) | mood(kPride)},
    {"[hum] a little tune", mood(kJoy) | mood(kCalm)},
    {"[blush] with pride", mood(kPride)},
    {"[stand] a little taller", mood(kPride)},
    {"[breathe] a sigh of relief", mood(kRelief)},
    {"[wipe] {his} forehead", mood(kRelief) | mood(kTired)},
    {"[cry]", kLowMoods},
    {"[sob]", mood(kSad) | mood(kLonely)},
    {"[weep]", mood(kSad) | mood(kLonely)},
    {"[sniffle]", kLowMoods},
    {"[sigh]", kLowMoods | mood(kTired) | mood(kBored)},
    {"[hang] {his} head", kLowMoods},
    {"[blink] back tears", kLowMoods},
    {"[wipe] away a tear", kLowMoods},
    {"[stare] at the ground", kLowMoods | mood(kShy)},
    {"[sit] down with {his} chin in {his} hands", kLowMoods | mood(kBored)},
    {"[bite] {his} lip", mood(kWorried) | mood(kGuilty) | mood(kNervous)},
    {"[frown]", mood(kAngry) | mood(kWorried) | mood(kPuzzled) | mood(kLetDown)},
    {"[stamp] {his} foot", mood(kAngry)},
    {"[scowl]", mood(kAngry) | mood(kJealous)},
    {"[fold] {his} arms", mood(kAngry)},
    {"[turn] red with anger", mood(kAngry)},
    {"[tremble]", mood(kAfraid) | mood(kNervous) | mood(kCold)},
    {"[shiver]", mood(kAfraid) | mood(kCold)},
    {"[turn] pale", mood(kAfraid)},
    {"[shake] from head to toe", mood(kAfraid) | mood(kCold)},
    {"[gulp]", mood(kAfraid) | mood(kNervous)},
    {"[pace] up and down", mood(kWorried) | mood(kNervous)},
    {"[look] away", mood(kGuilty) | mood(kShy) | mood(kJealous)},
    {"[turn] red", mood(kGuilty) | mood(kShy)},
    {"[gasp]", mood(kSurprised) | mood(kAfraid)},
    {"[stare] with wide eyes", mood(kSurprised) | mood(kCurious)},
    {"[blink] in surprise", mood(kSurprised)},
    {"[chuckle] with glee", mood(kJoy)},
    {"[twirl] on {his} toes", mood(kJoy) | mood(kEager)},
    {"[glow] with happiness", mood(kJoy) | mood(kGrateful)},
    {"[puff] out {his} chest", mood(kPride)},
    {"[skip] in circles", mood(kJoy) | mood(kEager)},
    {"[whimper]", mood(kAfraid) | mood(kSad)},
    {"[groan]", mood(kLetDown) | mood(kTired)},
    {"[mope]", kLowMoods},
    {"[pout]", mood(kLetDown) | mood(kAngry) | mood(kJealous)},
    {"[grumble]", mood(kAngry) | mood(kLetDown)},
    {"[clench] {his} teeth", mood(kAngry) | mood(kBrave)},
    {"[glare]", mood(kAngry) | mood(kJealous)},
    {"[cower]", mood(kAfraid)},
    {"[freeze] on the spot", mood(kAfraid) | mood(kSurprised)},
    {"[wring] {his} hands", mood(kWorried)},
    {"[swallow] hard", mood(kNervous) | mood(kGuilty)},
    {"[shuffle] {his} feet", mood(kShy) | mood(kGuilty) | mood(kBored)},
    {"[rub] {his} chin", mood(kPuzzled) | mood(kCurious)},
    {"[shrug]", mood(kPuzzled) | mood(kCalm)},
    {"[stifle] a yawn", mood(kTired) | mood(kBored)},
    {"[scratch] {his} head", mood(kPuzzled)},
    {"[yawn]", mood(kTired) | mood(kBored)},
    {"[rub] {his} eyes", mood(kTired) | mood(kSurprised)},
    {"[lick] {his} lips", mood(kHungry)},
    {"[rub] {his} empty stomach", mood(kHungry)},
    {"[hide] {his} face", mood(kShy) | mood(kGuilty)},
    {"[take] a deep breath", mood(kBrave) | mood(kNervous) | mood(kCalm)},
    {"[drum] with {his} fingers", mood(kBored)},
    {"[cross] {his} fingers", mood(kHopeful)},
    {"[nod] slowly", mood(kCalm) | mood(kFond)},
    {"[hug] {himself}", mood(kCold) | mood(kLonely)},
    {"[lean] forward to see better", mood(kCurious)},
};

// Numbered: the bits of obstacles() refer to this order.
constexpr Doing kWaysPast[] = {
    {"[climb] over it"},
    {"[crawl] under it"},
    {"[go] the long way around"},
    {"[jump] across with a great leap"},
    {"[hop] across from stone to stone"},
    {"[wade] across with wet feet"},
    {"[lay] a plank across"},
    {"[squeeze] through a narrow gap"},
    {"[wait] for the way to clear"},
    {"[clap] and [shout] to clear the way"},
    {"[follow] the sound of a bell"},
    {"[feel] the way along the stones"},
    {"[dig] a way through"},
    {"[find] another path farther on"},
    {"[hold] on tight and [inch] along"},
    {"[sing] a brave song and [march] through"},
    {"[sit] down and [wait] for it to pass"},
    {"[tiptoe] past without a sound"},
    {"[speak] in a soft voice and [slip] by"},
    {"[cross] on an old rope"},
};

constexpr Doing kRests[] = {
    {"[sit] down on a stone", kOutdoors},
    {"[lie] down in the grass", kSoil | kYard},
    {"[look] out of the window", kIndoors},
    {"[lean] against a tree", kTrees},
    {"[watch] the clouds drift by", kOutdoors},
    {"[sit] on the steps", kHomely | kHall | kHigh},
    {"[kick] a pebble", kOutdoors},
    {"[watch] the water", kWater},
    {"[gaze] at the horizon", kHigh | kSand | kWater},
    {"[poke] at an anthill", kSoil | kTrees},
    {"[trace] patterns in the dust", kDark | kBarn | kRocks},
    {"[count] the rafters", kBarn},
    {"[browse] among the shelves", kShop | kHall},
    {"[flick] through an old magazine", kHomely},
    {"[chew] on a blade of grass", kSoil | kYard},
    {"[examine] a beetle", kSoil | kTrees | kYard},
    {"[nibble] on a crust", kHomely | kShop},
    {"[admire] the tapestries", kHall},
    {"[dangle] {his} feet over the edge", kHigh | kWater},
    {"[breathe] in the fresh air", kOutdoors},
    {"[blow] on a dandelion", kSoil | kYard},
    {"[stack] pebbles into a tower", kWater | kRocks | kSand},
    {"[hum] under {his} breath", kIndoors | kOutdoors},
    {"[look] around", kIndoors | kOutdoors},
    {"[listen] for a moment", kIndoors | kOutdoors},
    {"[draw] in the sand with a finger", kSand},
    {"[pick] a daisy", kSoil},
    {"[count] the tiles on the floor", kIndoors},
    {"[warm] {his} hands", kHomely},
    {"[throw] a stone into the water", kWater},
    {"[tie] {his} shoelaces", kPeopled},
};

constexpr Doing kPranks[] = {
    {"[wag] {his} tail", 0},
    {"[sniff] the air", 0},
    {"[roll] in the dust", 0},
    {"[splash] in the water", kSwims},
    {"[flap] {his} wings", kFlies},
    {"[hop] from branch to branch", kFlies},
    {"[preen] {his} feathers", kFlies},
    {"[scratch] behind one ear", 0},
    {"[nuzzle] the grass", 0},
    {"[chase] {his} own shadow", 0},
    {"[lap] up some water", 0},
    {"[dive] and [surface] again", kSwims},
    {"[dangle] from a twig", kClimbs},
    {"[gallop] in a wide circle", kBig},
    {"[wrinkle] {his} nose", 0},
    {"[scamper] back and forth", 0},
    {"[swoop] low over the ground", kFlies},
    {"[scramble] up a tree", kClimbs},
    {"[stretch] lazily", 0},
    {"[tilt] {his} head", 0},
    {"[prick] up {his} ears", 0},
    {"[shake] {himself}", 0},
    {"[circle] above", kFlies},
};

constexpr Doing kUses[] = {
    {"[fly] {T} high above the trees", use(Use::kFly)},
    {"[fly] {T} in the wind", use(Use::kFly)},
    {"[let] {T} sail through the air", use(Use::kFly)},
    {"[throw] {T} far across the grass", use(Use::kThrow)},
    {"[throw] {T} into the air", use(Use::kThrow)},
    {"[bounce] {T} against a wall", use(Use::kBounce)},
    {"[bounce] {T} up and down", use(Use::kBounce)},
    {"[kick] {T} back and forth", use(Use::kBounce)},
    {"[ride] {T} around and around", use(Use::kRide)},
    {"[ride] {T} as fast as the wind", use(Use::kRide)},
    {"[read] {T} from beginning to end", use(Use::kRead)},
    {"[read] {T} aloud", use(Use::kRead)},
    {"[study] {T} with great care", use(Use::kRead)},
    {"[play] a merry tune on {T}", use(Use::kTune)},
    {"[play] {T} for everyone", use(Use::kTune)},
    {"[practice] a song on {T}", use(Use::kTune)},
    {"[ring] {T} three times", use(Use::kRing)},
    {"[ring] {T} loudly", use(Use::kRing)},
    {"[try] {T} on", use(Use::kWear)},
    {"[wear] {T} with pride", use(Use::kWear)},
    {"[put] {T} on and [turn] around", use(Use::kWear)},
    {"[sail] {T} across the water", use(Use::kSail)},
    {"[steer] {T} along the shore", use(Use::kSail)},
    {"[spin] {T} around and around", use(Use::kSpin)},
    {"[make] {T} whirl", use(Use::kSpin)},
    {"[cuddle] {T}", use(Use::kCuddle)},
    {"[rock] {T} to sleep", use(Use::kCuddle)},
    {"[whisper] secrets to {T}", use(Use::kCuddle)},
    {"[look] at {T} for a long time", use(Use::kLook)},
    {"[hold] {T} up to the light", use(Use::kLook)},
    {"[admire] {T}", use(Use::kLook)},
    {"[draw] a picture with {T}", use(Use::kDraw)},
    {"[write] a few words with {T}", use(Use::kDraw)},
    {"[dig] a deep hole with {T}", use(Use::kDig)},
    {"[turn] the soil with {T}", use(Use::kDig)},
    {"[light] the way with {T}", use(Use::kShine)},
    {"[let] {T} shine into every corner", use(Use::kShine)},
    {"[blow] {T} with all {his} breath", use(Use::kBlow)},
    {"[blow] {T} twice", use(Use::kBlow)},
    {"[cut] a branch with {T}", use(Use::kCut)},
    {"[sweep] the floor with {T}", use(Use::kSweep)},
    {"[fill] {T} to the brim", use(Use::kFill)},
    {"[roll] {T} along the ground", use(Use::kRoll)},
    {"[push] {T} up and down", use(Use::kRoll)},
};

constexpr Doing kHarms[] = {
    {"{T} [snap] in two", harm(Break::kSnap)},
    {"{T} [break] in half", harm(Break::kSnap)},
    {"{T} [tear] with a ripping sound", harm(Break::kTear)},
    {"{T} [get] a long tear", harm(Break::kTear)},
    {"{T} [rip] from top to bottom", harm(Break::kTear)},
    {"{T} [crack] down the middle", harm(Break::kCrack)},
    {"{T} [get] a deep crack", harm(Break::kCrack)},
    {"{T} [split] with a sharp crack", harm(Break::kCrack)},
    {"{T} [come] apart", harm(Break::kApart)},
    {"{T} [fall] to pieces", harm(Break::kApart)},
    {"{T} [bend] out of shape", harm(Break::kBend)},
    {"{T} [get] a big dent", harm(Break::kBend)},
    {"{T} [get] into a terrible tangle", harm(Break::kTangle)},
    {"{T} [twist] into knots", harm(Break::kTangle)},
    {"{T} [stop] working", harm(Break::kStop)},
    {"{T} suddenly [stop] with a click", harm(Break::kStop)},
};

constexpr Doing kCures[] = {
    {"[glue] {T} back together", cure(Cure::kGlue)},
    {"[fix] {T} with {U}", cure(Cure::kGlue)},
    {"[stick] the pieces of {T} together with {U}", cure(Cure::kGlue)},
    {"[sew] {T} up again", cure(Cure::kSew)},
    {"[sew] up {T!} with {U}", cure(Cure::kSew)},
    {"[stitch] {T} neatly with {U}", cure(Cure::kSew)},
    {"[nail] {T} back together", cure(Cure::kNail)},
    {"[repair] {T} with {U}", cure(Cure::kNail)},
    {"[put] {T} back together with {U}", cure(Cure::kNail)},
    {"[tie] {T} together again", cure(Cure::kTie)},
    {"[bind] {T} with {U}", cure(Cure::kTie)},
    {"[mend] {T} with {U}", cure(Cure::kTie)},
    {"[bend] {T} straight again", cure(Cure::kStraighten)},
    {"[hammer] {T} into shape with {U}", cure(Cure::kStraighten)},
    {"[straighten] {T} with {U}", cure(Cure::kStraighten)},
    {"[untangle] {T}", cure(Cure::kComb)},
    {"[untangle] {T} with {U}", cure(Cure::kComb)},
    {"[pull] the knots out of {T} with {U}", cure(Cure::kComb)},
    {"[make] {T} work again", cure(Cure::kOil)},
    {"[repair] {T} with {U}", cure(Cure::kOil)},
    {"[make] {T} work again with {U}", cure(Cure::kOil)},
};

constexpr std::string_view kGlueTools[] = {"glue", "tape"}, kSewTools[] = {"needle", "thread"}, kNailTools[] = {"hammer", "nails", "glue"},
                           kTieTools[] = {"string", "rope", "ribbon"};
constexpr std::string_view kStraightTools[] = {"hammer", "wrench"}, kCombTools[] = {"comb", "brush"}, kOilTools[] = {"oil can", "screwdriver"};

}  // namespace

std::span<const Doing> hobbies() { return kHobbies; }
std::span<const Doing> chores() { return kChores; }
std::span<const Doing> games() { return kGames; }
std::span<const Doing> skills() { return kSkills; }
std::span<const Doing> expressions() { return kExpressions; }
std::span<const Doing> ways_past() { return kWaysPast; }
std::span<const Doing> rests() { return kRests; }
std::span<const Doing> pranks() { return kPranks; }
std::span<const Doing> uses() { return kUses; }
std::span<const Doing> harms() { return kHarms; }
std::span<const Doing> cures() { return kCures; }

Cure cure_for(Break harm) {
  switch (harm) {
    case Break::kTear:
      return Cure::kSew;
    case Break::kSnap:
      return Cure::kTie;
    case Break::kApart:
      return Cure::kNail;
    case Break::kBend:
      return Cure::kStraighten;
    case Break::kTangle:
      return Cure::kComb;
    case Break::kStop:
      return Cure::kOil;
    case Break::kCrack:
    case Break::kSound:
      break;
  }
  return Cure::kGlue;
}

std::span<const std::string_view> cure_tools(Cure cure) {
  switch (cure) {
    case Cure::kGlue:
      return kGlueTools;
    case Cure::kSew:
      return kSewTools;
    case Cure::kNail:
      return kNailTools;
    case Cure::kTie:
      return kTieTools;
    case Cure::kStraighten:
      return kStraightTools;
    case Cure::kComb:
      return kCombTools;
    case Cure::kOil:
      break;
  }
  return kOilTools;
}

uint16_t thing_named(std::string_view name) {
  for (size_t i = 0; i < things().size(); ++i)
    if (things()[i].name == name) return static_cast<uint16_t>(i);
  return kNoWord;
}

uint16_t place_named(std::string_view name) {
  for (size_t i = 0; i < places().size(); ++i)
    if (places()[i].name == name) return static_cast<uint16_t>(i);
  return kNoWord;
}

std::string_view article(std::string_view word) {
  constexpr std::string_view kConsonantSound[] = {"uni", "use", "one", "uku", "eu"}, kVowelSound[] = {"hour", "honest", "heir"};
  for (const auto start : kConsonantSound)
    if (word.starts_with(start)) return "a";
  for (const auto start : kVowelSound)
    if (word.starts_with(start)) return "an";
  return std::string_view("aeiou").find(word[0]) == std::string_view::npos ? "a" : "an";
}

}  // namespace gimbal::world
