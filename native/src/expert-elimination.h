// Drops a block's experts one after the other: each time the one whose loss changes least what the block adds to the
// stream, when its tokens go to the remaining experts. With the outputs E of all experts, the weights g that the router
// gives them, and the weights g' that it gives the remaining ones, the change is
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
    std::vector<double> norm;   // [n_tokens] divisor of each token's error
};

struct elimination {
    std::vector<int32_t> order;  // [n_expert] the first to be dropped first
    std::vector<double>  errors; // [n_expert - 1] mean over the tokens, after the first one is dropped, and so on
};

// For a router with groups, an expert is taken from a group that has the most. In a tie, the last one goes. The result
// is the same with any number of threads. check: called before each step; an exception ends it.
elimination eliminate_experts(const router_gate & gate, const elimination_data & data, int32_t n_threads, const std::function<void()> & check);
