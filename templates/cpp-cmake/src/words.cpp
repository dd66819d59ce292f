#include "words.hpp"

#include <cctype>

std::map<std::string, int> count_words(std::string_view text) {
  std::map<std::string, int> counts;
  std::string word;
  const auto finish = [&] {
    if (!word.empty()) ++counts[word];
    word.clear();
  };
  for (const unsigned char letter : text) {
    if (std::isalpha(letter)) {
      word += static_cast<char>(std::tolower(letter));
    } else {
      finish();
    }
  }
  finish();
  return counts;
}
