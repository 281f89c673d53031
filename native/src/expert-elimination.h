// Drops a block's experts one after the other: each time the one without which what the block adds to the stream changes least, when its tokens
// go to the experts that are left. With the outputs E of all experts, the weights g that the router gives them and g' that it gives those that
// are left,
//
//   sum_t |sum_i (g_i - g'_i) E_i|^2 / norm_t
#pragma once

#include "router-gate.h"

#include <cstdint>
#include <functional>
#include <vector>

struct elimination_data {
    int32_t n_tokens = 0;
    int32_t n_expert = 0;

    std::vector<double> logits; // [n_tokens][n_expert], with the gate's bias
    std::vector<float>  gram;   // [n_tokens][n_expert][n_expert] E.E
    std::vector<double> norm;   // [n_tokens] what the error of a token is divided by
};

struct elimination {
    std::vector<int32_t> order;  // [n_expert] the first to go first
    std::vector<double>  errors; // [n_expert - 1] mean over the tokens, once the first one is gone, and so on
};

// Of a router with groups an expert of one of those goes that have the most. Of equal ones the last goes. The same with any number of threads.
// check: called before each step; what it throws ends it.
elimination eliminate_experts(const router_gate & gate, const elimination_data & data, int32_t n_threads, const std::function<void()> & check);
