// Whole clauses with a subject of their own: things that happen to things, weather, and ways of telling that need another order.
#include "data/world/grammar.h"

namespace gimbal::world {
namespace {

using enum Pred;

constexpr RowText kRows[] = {
    // Any verb phrase with its subject.
    {kPreds, "{A} {vp:0}"},
    {kPreds, "{A} {adv} {vp:0}"},
    {kPreds, "{A} {vp:0} {adv}"},
    // The scene.
    {kThereWas, "there [be] {+A}"},
    {kThereWas, "there [live] {+A}"},
    {kAt, "{+A} [be] {@P}"},
    {kAt, "{+A} [stand|sit] {@P}"},
    {kAt, "there [be] {+A} {@P}"},
    {kDwell, "{A's} home [be] {dwelling}"},
    {kBelongs, "{T} [belong] to {A*}"},
    {kBelongs, "{A} [be] the owner of {T!}"},
    {kLies, "{+T} [lie] {S}"},
    {kLies, "there [be] {+T} {S}"},
    {kLies, "{+T} [lie] {@P}"},
    {kLies, "there [be] {+T} {@P}"},
    {kLies, "~{S} [lie] {+T}"},
    {kLooks, "{T} [be] {looks}"},
    {kLooks, "{T} [look] {looks}"},
    {kBirthday, "it [be] {A's} birthday"},
    {kBirthday, "{A's} birthday [come]"},
    {kWeather, "it [be] a {sky} {hour}"},
    {kWeather, "the {hour} [be] {sky}"},
    // Ways.
    {kBlocked, "{obstacle} [block] the way"},
    {kBlocked, "{obstacle} [stand] in the way"},
    {kBlocked, "the path [be] blocked by {obstacle}"},
    {kBlocked, "{obstacle} [make] it impossible to go on"},
    {kBlocked, "there [be] {obstacle} in the middle of the road"},
    {kMeet, "~there {A} [meet] {+B}"},
    {kMeet, "~there {A} [see] {+B}"},
    // Things.
    {kGive, "{T} [be] given to {B} by {A*}"},
    {kLose, "{T} [slip] out of {A's} hands"},
    {kLose, "{T} [fall] out of {A's} pocket"},
    {kBlow, "the wind [snatch] {T} out of {A's} hands"},
    {kBlow, "a gust of wind [carry] {T} away from {A*}"},
    {kBlow, "the wind [tear] {T} from {A's} fingers"},
    {kBlow, "{T} [be] blown out of {A's} hands"},
    {kNotThere, "{T} [was] not there"},
    {kNotThere, "~there [be] no sign of {T!}"},
    {kNotThere, "{T} [was] nowhere to be seen"},
    {kFind, "~there {A} [find] {+T}"},
    {kFind, "~{S} {A} [find] {+T}"},
    {kSee, "~{S} {A} [see] {+T}"},
    {kSee, "~there {A} [see] {+T}"},
    {kBreak, "{T} [break]"},
    {kMend, "{T} [be] mended by {A*}"},
    {kLocked, "{T} [be] locked"},
    {kLocked, "{T} [have] a strong lock"},
    {kInside, "inside {T} [lie] {+U}"},
    {kInside, "inside {T} there [be] {+U}"},
    {kInside, "in {T} there [be] {+U}"},
    {kGrow, "{T} [grow] into {+U!}"},
    {kGrow, "from {T} [grow] {+U!}"},
    {kGrow, "{T} [sprout] and [become] {+U!}"},
    {kDirty, "{T} [get] muddy"},
    {kDirty, "{T} [be] covered with mud"},
    {kDirty, "{T} [fall] into a puddle"},
    {kDirty, "{T} [get] splashed with mud"},
    {kPull, "~{T} did not move, though {A} [pull] hard"},
    {kPull, "{T} [be] too heavy for {A*}"},
    {kTallyNow, "that [make] {number} {counted} for {A*}"},
    {kTallyNow, "~now {A} [have] {number} {counted}"},
    // People.
    {kIdea, "an idea [come] to {A*}"},
    {kHear, "{noise} [reach] {A's} ears"},
    {kHear, "{noise} [make] {A*} look up"},
    {kStuck, "{A} [be] caught {S} and could not get out"},
};

}  // namespace

std::span<const RowText> clause_rows() { return kRows; }

}  // namespace gimbal::world
