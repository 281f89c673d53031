// llama.cpp's page for browsers, which its build would download: left out.
#pragma once

#include <array>
#include <string>

struct llama_ui_asset {
    std::string name;
};

inline const std::array<llama_ui_asset, 0> & llama_ui_get_assets() {
    static const std::array<llama_ui_asset, 0> none{};
    return none;
}
