#include "words.hpp"

#include <iostream>
#include <map>
#include <string>

namespace {

int failures = 0;

void expect(std::string_view text, const std::map<std::string, int>& expected) {
  if (count_words(text) == expected) return;
  std::cerr << "wrong counts of \"" << text << "\"\n";
  ++failures;
}

}  // namespace

int main() {
  expect("", {});
  expect("one", {{"one", 1}});
  expect("One two, ONE.", {{"one", 2}, {"two", 1}});
  return failures == 0 ? 0 : 1;
}
