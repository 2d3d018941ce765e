// Places by setting, what one says when one is there or goes there, and the furniture that things can lie under.
#include "data/world/lexicon.h"

namespace gimbal::world {
namespace {

using enum At;
using enum To;

constexpr Tags kIn_ = kIndoors, kOut = kOutdoors, kRoom = kIndoors | kHouse | kHomely, kStore = kIndoors | kShop;
constexpr Tags kHomes = kTown | kFarm | kSea | kMountain;

constexpr Place kPlaces[] = {
    {"home", kAt, kHome, kAnywhere | kRoom},
    // Rooms and yards of a house.
    {"kitchen", kIn, kInto, kHomes | kCastle | kRoom},
    {"bedroom", kIn, kInto, kHomes | kCastle | kRoom},
    {"living room", kIn, kInto, kTown | kRoom},
    {"attic", kIn, kUpTo, kHomes | kRoom | kDark},
    {"cellar", kIn, kDownTo, kHomes | kCastle | kRoom | kDark},
    {"porch", kOn, kOutTo, kTown | kFarm | kOut | kHomely},
    {"garden", kIn, kOutTo, kHomes | kCastle | kOut | kSoil | kTrees | kYard},
    {"backyard", kIn, kOutTo, kTown | kOut | kSoil | kYard | kTrees},
    {"balcony", kOn, kOutTo, kTown | kCastle | kOut | kHigh},
    {"garage", kIn, kInto, kTown | kIn_ | kBarn},
    // Town.
    {"bakery", kAt, kTo, kTown | kSea | kStore},
    {"market", kAt, kTo, kTown | kFarm | kSea | kOut | kShop},
    {"library", kIn, kTo, kTown | kIn_ | kHall},
    {"classroom", kIn, kInto, kTown | kFarm | kIn_ | kSchool},
    {"schoolyard", kIn, kTo, kTown | kFarm | kSea | kOut | kYard | kSchool},
    {"park", kIn, kTo, kTown | kOut | kTrees | kYard},
    {"playground", kAt, kTo, kTown | kOut | kYard},
    {"museum", kIn, kTo, kTown | kIn_ | kHall},
    {"train station", kAt, kTo, kTown | kMountain | kIn_ | kHall},
    {"bus stop", kAt, kTo, kTown | kOut},
    {"post office", kIn, kTo, kTown | kFarm | kSea | kStore},
    {"toy shop", kIn, kInto, kTown | kStore},
    {"bookshop", kIn, kInto, kTown | kStore},
    {"flower shop", kAt, kTo, kTown | kStore},
    {"tailor shop", kIn, kInto, kTown | kDesert | kStore},
    {"sweet shop", kIn, kInto, kTown | kSea | kStore},
    {"pet shop", kIn, kInto, kTown | kStore},
    {"workshop", kIn, kInto, kTown | kFarm | kCastle | kIn_ | kBarn},
    {"town square", kIn, kTo, kTown | kOut},
    {"fountain", kBy, kTo, kTown | kCastle | kOut | kWater},
    {"bridge", kOn, kTo, kTown | kFarm | kOut | kWater | kHigh},
    {"theater", kIn, kTo, kTown | kIn_ | kHall},
    {"swimming pool", kAt, kTo, kTown | kOut | kWater},
    {"zoo", kAt, kTo, kTown | kOut | kTrees},
    {"clock tower", kIn, kUpTo, kTown | kIn_ | kHigh},
    {"cafe", kIn, kInto, kTown | kStore},
    {"fire station", kAt, kTo, kTown | kIn_ | kHall},
    {"hospital", kIn, kTo, kTown | kIn_ | kHall},
    {"fairground", kAt, kTo, kTown | kFarm | kOut | kYard},
    {"skating rink", kAt, kTo, kTown | kMountain | kOut},
    {"alley", kIn, kInto, kTown | kOut | kDark},
    // Farm and village.
    {"barn", kIn, kInto, kFarm | kIn_ | kBarn},
    {"stable", kIn, kInto, kFarm | kCastle | kIn_ | kBarn},
    {"hen house", kAt, kTo, kFarm | kIn_ | kBarn},
    {"orchard", kIn, kInto, kFarm | kOut | kTrees | kSoil},
    {"meadow", kIn, kOutTo, kFarm | kMountain | kWoods | kOut | kSoil},
    {"cornfield", kIn, kInto, kFarm | kOut | kSoil},
    {"vegetable patch", kIn, kTo, kFarm | kOut | kSoil | kYard},
    {"mill", kAt, kTo, kFarm | kIn_ | kBarn},
    {"well", kBy, kTo, kFarm | kDesert | kCastle | kOut | kWater},
    {"pigsty", kBy, kTo, kFarm | kOut},
    {"duck pond", kBy, kDownTo, kFarm | kTown | kOut | kWater},
    {"village green", kOn, kTo, kFarm | kOut | kYard},
    {"dairy", kIn, kInto, kFarm | kStore},
    {"forge", kAt, kTo, kFarm | kCastle | kIn_ | kBarn},
    {"pumpkin field", kIn, kInto, kFarm | kOut | kSoil},
    {"river", kBy, kDownTo, kFarm | kTown | kWoods | kMountain | kJungle | kOut | kWater},
    {"hill", kOn, kUpTo, kTown | kFarm | kSea | kWoods | kOut | kHigh},
    {"forest", kIn, kInto, kFarm | kTown | kMountain | kCastle | kOut | kTrees | kDark},
    {"lake", kBy, kDownTo, kFarm | kMountain | kWoods | kCastle | kOut | kWater},
    // Sea.
    {"beach", kOn, kDownTo, kSea | kOut | kSand | kWater},
    {"harbor", kIn, kDownTo, kSea | kOut | kWater},
    {"lighthouse", kIn, kUpTo, kSea | kIn_ | kHigh},
    {"pier", kOn, kTo, kSea | kOut | kWater},
    {"cliff", kOn, kUpTo, kSea | kOut | kHigh | kRocks},
    {"cave", kIn, kInto, kSea | kMountain | kWoods | kJungle | kDark | kRocks | kIn_},
    {"boathouse", kIn, kInto, kSea | kIn_ | kBarn},
    {"fish market", kAt, kTo, kSea | kOut | kShop},
    {"sand dunes", kIn, kTo, kSea | kDesert | kOut | kSand},
    {"rock pool", kBy, kTo, kSea | kOut | kWater | kRocks},
    {"island", kOn, kTo, kSea | kOut | kTrees | kSand},
    {"bay", kBy, kTo, kSea | kOut | kWater},
    {"shipyard", kIn, kTo, kSea | kOut | kBarn},
    {"fishing boat", kOn, kTo, kSea | kOut | kWater},
    // Woods.
    {"clearing", kIn, kTo, kWoods | kOut | kTrees | kYard},
    {"hollow oak", kIn, kTo, kWoods | kIn_ | kHomely | kTrees},
    {"stream", kBy, kDownTo, kWoods | kMountain | kOut | kWater},
    {"riverbank", kOn, kDownTo, kWoods | kJungle | kOut | kWater | kSoil},
    {"berry patch", kIn, kTo, kWoods | kFarm | kOut | kTrees | kSoil},
    {"burrow", kIn, kDownTo, kWoods | kIn_ | kHomely | kDark},
    {"fern valley", kIn, kInto, kWoods | kOut | kTrees | kSoil},
    {"pine grove", kIn, kInto, kWoods | kMountain | kOut | kTrees | kDark},
    {"waterfall", kBy, kTo, kWoods | kMountain | kJungle | kOut | kWater | kRocks},
    {"mossy bank", kOn, kTo, kWoods | kOut | kTrees | kSoil},
    {"beaver dam", kAt, kDownTo, kWoods | kOut | kWater},
    {"anthill", kBy, kTo, kWoods | kOut | kSoil},
    {"thicket", kIn, kInto, kWoods | kOut | kTrees | kDark},
    {"mushroom ring", kIn, kTo, kWoods | kOut | kTrees | kSoil},
    {"willow tree", kBy, kTo, kWoods | kFarm | kOut | kTrees | kWater},
    {"beech tree", kBy, kTo, kWoods | kOut | kTrees},
    {"swamp", kIn, kInto, kWoods | kJungle | kOut | kWater | kDark},
    {"blackberry hedge", kBy, kTo, kWoods | kFarm | kOut | kSoil},
    // Mountain.
    {"hut", kIn, kTo, kMountain | kSea | kIn_ | kHomely},
    {"ski slope", kOn, kUpTo, kMountain | kOut | kHigh},
    {"ridge", kOn, kUpTo, kMountain | kOut | kHigh | kRocks},
    {"valley", kIn, kDownTo, kMountain | kOut | kSoil | kTrees},
    {"frozen lake", kOn, kTo, kMountain | kOut},
    {"inn", kAt, kTo, kMountain | kDesert | kCastle | kStore},
    {"sheep pasture", kIn, kUpTo, kMountain | kFarm | kOut | kSoil},
    {"quarry", kIn, kInto, kMountain | kOut | kRocks},
    {"hot spring", kBy, kTo, kMountain | kOut | kWater | kRocks},
    {"village shop", kIn, kInto, kMountain | kFarm | kSea | kJungle | kStore},
    // Castle.
    {"throne room", kIn, kInto, kCastle | kIn_ | kHall},
    {"tower", kIn, kUpTo, kCastle | kIn_ | kHigh | kHall},
    {"courtyard", kIn, kOutTo, kCastle | kDesert | kOut | kYard},
    {"drawbridge", kOn, kTo, kCastle | kOut | kWater},
    {"dungeon", kIn, kDownTo, kCastle | kIn_ | kDark},
    {"great hall", kIn, kInto, kCastle | kIn_ | kHall},
    {"rose garden", kIn, kOutTo, kCastle | kOut | kSoil | kTrees},
    {"moat", kBy, kDownTo, kCastle | kOut | kWater},
    {"armory", kIn, kInto, kCastle | kIn_ | kBarn},
    {"gatehouse", kIn, kTo, kCastle | kIn_},
    {"royal library", kIn, kTo, kCastle | kIn_ | kHall},
    {"ballroom", kIn, kInto, kCastle | kIn_ | kHall},
    // Desert.
    {"oasis", kAt, kTo, kDesert | kOut | kWater | kTrees | kSoil},
    {"camp", kIn, kTo, kDesert | kJungle | kOut | kYard},
    {"date grove", kIn, kInto, kDesert | kOut | kTrees | kSoil},
    {"bazaar", kAt, kTo, kDesert | kOut | kShop},
    {"palace", kIn, kTo, kDesert | kIn_ | kHall},
    {"canyon", kIn, kInto, kDesert | kOut | kRocks | kDark},
    {"ruins", kIn, kTo, kDesert | kJungle | kOut | kRocks},
    {"pottery", kIn, kTo, kDesert | kFarm | kStore},
    {"camel market", kAt, kTo, kDesert | kOut | kShop},
    // Jungle.
    {"treehouse", kIn, kUpTo, kJungle | kTown | kIn_ | kHigh | kHomely | kTrees},
    {"mango grove", kIn, kInto, kJungle | kOut | kTrees | kSoil},
    {"rope bridge", kOn, kTo, kJungle | kOut | kHigh},
    {"temple", kIn, kTo, kJungle | kIn_ | kHall | kRocks},
    {"bamboo grove", kIn, kInto, kJungle | kOut | kTrees | kDark},
    {"rice field", kIn, kTo, kJungle | kFarm | kOut | kSoil | kWater},
    {"lagoon", kBy, kDownTo, kJungle | kSea | kOut | kWater | kSand},
    {"banyan tree", kBy, kTo, kJungle | kOut | kTrees},
    {"river market", kAt, kTo, kJungle | kOut | kShop | kWater},
};

constexpr Furniture kFurniture[] = {
    // Indoors at home.
    {"bed", "ub", kHomely},        {"sofa", "ub", kHomely},       {"rug", "u", kHomely | kHall},  {"table", "uo", kHomely | kShop | kHall},
    {"cupboard", "bi", kHomely},   {"wardrobe", "bi", kHomely},   {"drawer", "i", kHomely | kSchool | kShop}, {"shelf", "o", kHomely | kShop | kBarn | kHall},
    {"stove", "bs", kHomely},      {"armchair", "ubo", kHomely},  {"curtain", "b", kHomely | kHall}, {"bookcase", "bo", kHall | kSchool},
    {"windowsill", "o", kHomely | kSchool | kHall}, {"laundry basket", "ibs", kHouse}, {"fireplace", "s", kHomely | kHall}, {"toy box", "ib", kHouse},
    {"mattress", "u", kHomely},    {"coat rack", "bu", kHouse | kSchool}, {"sink", "us", kHouse},   {"doormat", "u", kHouse},
    // Shops, schools and halls.
    {"counter", "ubo", kShop},     {"flour barrel", "ib", kShop | kBarn}, {"crate", "bi", kShop | kBarn}, {"desk", "uo", kSchool | kHall},
    {"blackboard", "b", kSchool},  {"bench", "uob", kYard | kHall | kTrees}, {"pillar", "bs", kHall | kRocks}, {"staircase", "ub", kHall | kHigh},
    {"throne", "b", kHall},        {"tapestry", "b", kHall},      {"suit of armor", "b", kHall},  {"carpet", "u", kHall | kHomely},
    // Barns and workshops.
    {"haystack", "ib", kBarn | kFarm}, {"workbench", "uo", kBarn}, {"ladder rack", "b", kBarn},   {"feed trough", "ibs", kBarn | kFarm},
    {"milk can", "bs", kBarn},     {"barrel", "ib", kBarn | kShop}, {"wagon wheel", "b", kBarn | kFarm}, {"tool chest", "bi", kBarn},
    // Yards, gardens and fields.
    {"bush", "ub", kOutdoors},     {"hedge", "bu", kYard | kSoil}, {"flower pot", "ub", kYard | kHigh | kHomely}, {"rose bush", "ub", kYard | kSoil},
    {"swing", "us", kYard},        {"slide", "ub", kYard},        {"sandbox", "i", kYard},        {"gate", "bs", kYard | kSoil},
    {"scarecrow", "bs", kSoil},    {"picket fence", "b", kYard | kSoil}, {"wall", "b", kOutdoors}, {"puddle", "i", kYard | kSoil},
    {"tall grass", "i", kOutdoors}, {"pile of leaves", "ui", kTrees | kYard}, {"tree stump", "bo", kTrees}, {"apple crate", "bi", kTrees | kShop},
    // Woods and jungle.
    {"log", "ub", kTrees | kWater}, {"hollow log", "i", kTrees},  {"fern", "ub", kTrees},         {"mossy stone", "ub", kTrees | kWater},
    {"oak root", "u", kTrees},     {"thorn bush", "ub", kTrees},  {"toadstool", "us", kTrees},    {"branch", "o", kTrees},
    {"ivy", "bu", kTrees},         {"hollow tree", "i", kTrees},  {"vines", "b", kTrees},         {"palm leaf", "u", kTrees | kSand},
    // Water, sand and rock.
    {"rowing boat", "ui", kWater}, {"reeds", "ib", kWater},       {"fishing nets", "u", kSea | kWater | kSand},    {"seaweed", "u", kSand},
    {"rock", "ub", kOutdoors},     {"boulder", "b", kRocks | kHigh | kWater}, {"sand heap", "ib", kSand}, {"crack in the stone", "i", kRocks},
    {"lobster pot", "ib", kSea | kWater},   {"anchor", "s", kSea | kWater},         {"stone steps", "u", kRocks | kHall | kWater}, {"water lily", "s", kWater},
    {"clay jar", "ib", kDesert | kShop | kHall | kHomely}, {"camel saddle", "u", kDesert | kOutdoors}, {"striped cushion", "u", kHomely}, {"snowdrift", "ib", kMountain | kOutdoors},
};

}  // namespace

std::span<const Place> places() { return kPlaces; }
std::span<const Furniture> furniture() { return kFurniture; }

}  // namespace gimbal::world
