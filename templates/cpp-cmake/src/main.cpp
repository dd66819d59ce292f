#include <iostream>
#include <iterator>
#include <string>

#include "words.hpp"

int main(int argc, char** argv) {
  std::string text = "Hello from C++, hello from CodeNest";
  if (argc > 1 && std::string(argv[1]) == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  }
  for (const auto& [word, count] : count_words(text)) std::cout << count << ' ' << word << '\n';
}
