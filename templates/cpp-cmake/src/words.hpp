#pragma once

#include <map>
#include <string>
#include <string_view>

/// How often each word is in a text; words are letters, in lower case.
std::map<std::string, int> count_words(std::string_view text);
