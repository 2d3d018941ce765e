// Names of people from many lands, and of animals. A name has one gender, so that a pronoun can be checked against it.
#include "data/world/lexicon.h"

namespace gimbal::world {
namespace {

constexpr Gender kHe = Gender::kHe, kShe = Gender::kShe;

constexpr Name kNames[] = {
    {"Mia", kShe},     {"Ana", kShe},       {"Lena", kShe},      {"Sofia", kShe},   {"Emma", kShe},     {"Nora", kShe},    {"Clara", kShe},
    {"Amara", kShe},   {"Zainab", kShe},    {"Fatima", kShe},    {"Leila", kShe},   {"Yasmin", kShe},   {"Noor", kShe},    {"Salma", kShe},
    {"Priya", kShe},   {"Anjali", kShe},    {"Meera", kShe},     {"Kavya", kShe},   {"Lakshmi", kShe},  {"Divya", kShe},   {"Asha", kShe},
    {"Yuki", kShe},    {"Hana", kShe},      {"Sakura", kShe},    {"Emi", kShe},     {"Aiko", kShe},     {"Mei", kShe},     {"Lan", kShe},
    {"Xiu", kShe},     {"Ying", kShe},      {"Linh", kShe},      {"Thuy", kShe},    {"Mai", kShe},      {"Siti", kShe},    {"Dewi", kShe},
    {"Kiri", kShe},    {"Aroha", kShe},     {"Leilani", kShe},   {"Moana", kShe},   {"Ngozi", kShe},    {"Adaeze", kShe},  {"Chioma", kShe},
    {"Abena", kShe},   {"Efua", kShe},      {"Wanjiru", kShe},   {"Achieng", kShe}, {"Zola", kShe},     {"Thandi", kShe},  {"Nandi", kShe},
    {"Makena", kShe},  {"Imani", kShe},     {"Rosa", kShe},      {"Lucia", kShe},   {"Carmen", kShe},   {"Elena", kShe},   {"Marisol", kShe},
    {"Ines", kShe},    {"Paloma", kShe},    {"Valentina", kShe}, {"Camila", kShe},  {"Beatriz", kShe},  {"Giulia", kShe},  {"Chiara", kShe},
    {"Bianca", kShe},  {"Francesca", kShe}, {"Amelie", kShe},    {"Colette", kShe}, {"Margot", kShe},   {"Celine", kShe},  {"Juliette", kShe},
    {"Greta", kShe},   {"Heidi", kShe},     {"Frieda", kShe},    {"Annika", kShe},  {"Ingrid", kShe},   {"Astrid", kShe},  {"Freya", kShe},
    {"Sigrid", kShe},  {"Maja", kShe},      {"Katya", kShe},     {"Olga", kShe},    {"Natasha", kShe},  {"Mila", kShe},    {"Irina", kShe},
    {"Zofia", kShe},   {"Agata", kShe},     {"Hanka", kShe},     {"Eszter", kShe},  {"Ilona", kShe},    {"Dora", kShe},    {"Eleni", kShe},
    {"Daphne", kShe},  {"Thea", kShe},      {"Ayla", kShe},      {"Elif", kShe},    {"Defne", kShe},    {"Shirin", kShe},  {"Parisa", kShe},
    {"Tamar", kShe},   {"Noa", kShe},       {"Miriam", kShe},    {"Alice", kShe},   {"Edith", kShe},    {"Molly", kShe},   {"Fiona", kShe},
    {"Maeve", kShe},   {"Niamh", kShe},     {"Bronwyn", kShe},   {"Carys", kShe},   {"Matilda", kShe},  {"Harriet", kShe}, {"Phoebe", kShe},
    {"Tessa", kShe},   {"Wendy", kShe},     {"Ruth", kShe},      {"Hope", kShe},    {"Luz", kShe},      {"Tala", kShe},    {"Winona", kShe},
    {"Itzel", kShe},   {"Quilla", kShe},    {"Aputi", kShe},     {"Pilar", kShe},   {"Soraya", kShe},   {"Amina", kShe},   {"Habiba", kShe},
    {"Marta", kShe},   {"Silvia", kShe},    {"Noemi", kShe},     {"Odile", kShe},   {"Brigitte", kShe}, {"Ottilie", kShe}, {"Linnea", kShe},
    {"Saoirse", kShe}, {"Rhiannon", kShe},  {"Isla", kShe},      {"Beth", kShe},    {"Nell", kShe},     {"Cleo", kShe},    {"Zara", kShe},
    {"Jamila", kShe},  {"Samira", kShe},    {"Rania", kShe},     {"Dalia", kShe},   {"Esther", kShe},   {"Rivka", kShe},   {"Anahit", kShe},
    {"Nino", kShe},    {"Gulnara", kShe},   {"Aigul", kShe},     {"Sarnai", kShe},  {"Jisoo", kShe},    {"Minji", kShe},   {"Sunita", kShe},
    {"Radha", kShe},   {"Chandra", kShe},   {"Malee", kShe},     {"Ploy", kShe},    {"Sokha", kShe},    {"Ligaya", kShe},  {"Tui", kShe},
    {"Ben", kHe},      {"Tom", kHe},        {"Leo", kHe},        {"Max", kHe},      {"Sam", kHe},       {"Noah", kHe},     {"Oscar", kHe},
    {"Omar", kHe},     {"Yusuf", kHe},      {"Karim", kHe},      {"Hassan", kHe},   {"Tariq", kHe},     {"Malik", kHe},    {"Idris", kHe},
    {"Arjun", kHe},    {"Rohan", kHe},      {"Vikram", kHe},     {"Ravi", kHe},     {"Kiran", kHe},     {"Sanjay", kHe},   {"Dev", kHe},
    {"Kenji", kHe},    {"Hiro", kHe},       {"Taro", kHe},       {"Ren", kHe},      {"Haruto", kHe},    {"Wei", kHe},      {"Jun", kHe},
    {"Bao", kHe},      {"Chen", kHe},       {"Minh", kHe},       {"Duc", kHe},      {"Quang", kHe},     {"Budi", kHe},     {"Agus", kHe},
    {"Tama", kHe},     {"Rangi", kHe},      {"Kai", kHe},        {"Keoni", kHe},    {"Emeka", kHe},     {"Obi", kHe},      {"Chidi", kHe},
    {"Kwame", kHe},    {"Kofi", kHe},       {"Kamau", kHe},      {"Otieno", kHe},   {"Jabari", kHe},    {"Sipho", kHe},    {"Themba", kHe},
    {"Baraka", kHe},   {"Tendai", kHe},     {"Luis", kHe},       {"Diego", kHe},    {"Mateo", kHe},     {"Pablo", kHe},    {"Javier", kHe},
    {"Rafael", kHe},   {"Tomas", kHe},      {"Santiago", kHe},   {"Emilio", kHe},   {"Joaquin", kHe},   {"Marco", kHe},    {"Luca", kHe},
    {"Paolo", kHe},    {"Enzo", kHe},       {"Matteo", kHe},     {"Pierre", kHe},   {"Remy", kHe},      {"Gaston", kHe},   {"Theo", kHe},
    {"Hugo", kHe},     {"Felix", kHe},      {"Otto", kHe},       {"Karl", kHe},     {"Lukas", kHe},     {"Anton", kHe},    {"Nils", kHe},
    {"Lars", kHe},     {"Sven", kHe},       {"Erik", kHe},       {"Gustav", kHe},   {"Ivan", kHe},      {"Dmitri", kHe},   {"Sasha", kHe},
    {"Misha", kHe},    {"Pavel", kHe},      {"Janek", kHe},      {"Kuba", kHe},     {"Milan", kHe},     {"Bela", kHe},     {"Andrei", kHe},
    {"Nikos", kHe},    {"Yannis", kHe},     {"Stavros", kHe},    {"Emre", kHe},     {"Kerem", kHe},     {"Cyrus", kHe},    {"Dariush", kHe},
    {"Ari", kHe},      {"Eli", kHe},        {"Daniel", kHe},     {"George", kHe},   {"Henry", kHe},     {"Arthur", kHe},   {"Callum", kHe},
    {"Finn", kHe},     {"Liam", kHe},       {"Owen", kHe},       {"Rhys", kHe},     {"Gareth", kHe},    {"Toby", kHe},     {"Jasper", kHe},
    {"Simon", kHe},    {"Walter", kHe},     {"Peter", kHe},      {"Adam", kHe},     {"Ezra", kHe},      {"Koda", kHe},     {"Takoda", kHe},
    {"Gabriel", kHe},  {"Jonas", kHe},      {"Emil", kHe},       {"Viktor", kHe},   {"Bruce", kHe},     {"Ewan", kHe},     {"Lachlan", kHe},
    {"Dylan", kHe},    {"Iestyn", kHe},     {"Ned", kHe},        {"Alfie", kHe},    {"Barney", kHe},    {"Salim", kHe},    {"Nabil", kHe},
    {"Rashid", kHe},   {"Yaakov", kHe},     {"Aram", kHe},       {"Giorgi", kHe},   {"Nurlan", kHe},    {"Temur", kHe},    {"Batu", kHe},
    {"Minjun", kHe},   {"Jiho", kHe},       {"Ganesh", kHe},     {"Nikhil", kHe},   {"Suresh", kHe},    {"Somchai", kHe},  {"Dara", kHe},
    {"Vuong", kHe},    {"Wiremu", kHe},     {"Sione", kHe},      {"Olumide", kHe},  {"Femi", kHe},      {"Sekou", kHe},    {"Amadou", kHe},
    {"Inti", kHe},     {"Cuauhtli", kHe},   {"Nanuk", kHe},      {"Dario", kHe},    {"Farid", kHe},     {"Bilal", kHe},    {"Musa", kHe},
};

constexpr Name kAnimalNames[] = {
    {"Pip", kHe},     {"Biscuit", kHe},   {"Pepper", kShe}, {"Nutmeg", kShe},  {"Bramble", kHe},   {"Clover", kShe},  {"Hazel", kShe},
    {"Thistle", kHe}, {"Mossy", kHe},     {"Pebble", kShe}, {"Rusty", kHe},    {"Ginger", kShe},   {"Muffin", kShe},  {"Waffles", kHe},
    {"Pickle", kHe},  {"Noodle", kHe},    {"Button", kHe},  {"Mittens", kShe}, {"Socks", kHe},     {"Whiskers", kHe}, {"Shadow", kHe},
    {"Smoky", kHe},   {"Snowball", kShe}, {"Patches", kHe}, {"Domino", kHe},   {"Cinnamon", kShe}, {"Cocoa", kShe},   {"Honey", kShe},
    {"Poppy", kShe},  {"Daisy", kShe},    {"Willow", kShe}, {"Juniper", kShe}, {"Fern", kShe},     {"Acorn", kHe},    {"Bracken", kHe},
    {"Birch", kHe},   {"Rowan", kHe},     {"Sorrel", kShe}, {"Tansy", kShe},   {"Yarrow", kHe},    {"Bertie", kHe},   {"Monty", kHe},
    {"Gus", kHe},     {"Bruno", kHe},     {"Rex", kHe},     {"Barnaby", kHe},  {"Winston", kHe},   {"Percy", kHe},    {"Dottie", kShe},
    {"Lulu", kShe},   {"Trixie", kShe},   {"Bella", kShe},  {"Coco", kShe},    {"Misty", kShe},    {"Luna", kShe},    {"Stella", kShe},
    {"Tiko", kHe},    {"Zuzu", kShe},     {"Momo", kHe},    {"Kiki", kShe},    {"Bobo", kHe},      {"Nibs", kHe},     {"Squeak", kHe},
    {"Flit", kHe},    {"Dapple", kShe},   {"Skip", kHe},    {"Tumble", kHe},   {"Fidget", kHe},    {"Snuffle", kHe},  {"Twig", kHe},
    {"Velvet", kShe}, {"Zephyr", kHe},    {"Ember", kShe},  {"Frost", kHe},    {"Maple", kShe},    {"Plum", kShe},    {"Quill", kHe},
    {"Ripple", kShe}, {"Sunny", kShe},    {"Tawny", kShe},
};

}  // namespace

std::span<const Name> names() { return kNames; }
std::span<const Name> animal_names() { return kAnimalNames; }

}  // namespace gimbal::world
