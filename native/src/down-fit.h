// Fits changes of one block's down matrices W to what the block lacks: with the inputs h of the experts' down matrices,
// and the weights c that their outputs are added with,
//
//   min  sum_t |rest_t - sum_e c_te D_e h_te|^2 + ridge |D|^2
//
// by passes over the experts, each with the others' current changes: a least-squares problem with n_ff unknowns per
// row, or with one per token that reaches the expert, if that takes less.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

struct down_data {
    int64_t n_tokens = 0;
    int64_t n_used   = 0; // experts per token
    int64_t n_ff     = 0;
    int64_t n_embd   = 0;
    int64_t n_expert = 0;

    std::vector<float>   rest;    // [n_tokens][n_embd]
    std::vector<int32_t> experts; // [n_tokens][n_used]
    std::vector<float>   weights; // [n_tokens][n_used]
    std::vector<float>   hidden;  // [n_tokens][n_used][n_ff]
};

struct down_options {
    double  ridge     = 0.3; // in units of the mean diagonal of the normal matrices
    int32_t sweeps    = 2;
    int32_t n_threads = 1;
};

// The change of one expert.
struct down_change {
    std::vector<float> values;     // [n_embd][n_ff]
    std::vector<float> importance; // [n_ff] mean square of its weighted input
};

// Replaces rest by what is left of it. check: called now and then; an exception ends the fit. take: receives the change
// of each expert that a token reaches, for several experts at once.
void fit_down(down_data & data, const down_options & options, const std::function<void()> & check,
        const std::function<void(int64_t expert, const down_change & change)> & take);
