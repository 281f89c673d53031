// Fits the router of one MoE block, and factors of its experts, to what the block should add to the residual stream.
// Only inner products of the experts' outputs E and the target T are needed: with the weights g that the router gives,
//
//   |T - sum_i g_i E_i|^2 = |T|^2 - 2 sum_i g_i E_i.T + sum_ij g_i g_j E_i.E_j
#pragma once

#include "router-gate.h"

#include <cstdint>
#include <functional>
#include <vector>

// Data of n tokens. Products are between the candidates of each token, the experts that it may be routed to.
struct router_data {
    int32_t n_tokens     = 0;
    int32_t n_embd       = 0;
    int32_t n_candidates = 0;

    std::vector<float>   input;      // [n][n_embd]
    std::vector<int32_t> candidates; // [n][n_candidates] experts
    std::vector<float>   gram;       // [n][n_candidates][n_candidates]
    std::vector<float>   dots;       // [n][n_candidates]
    std::vector<float>   square;     // [n] |T|^2
    std::vector<float>   norm;       // [n] divisor of each token's error
};

struct router_params {
    std::vector<double> rows;   // [n_embd][n_expert]
    std::vector<double> scales; // [n_expert], or empty: all 1 and not fitted
};

struct router_fit_options {
    double   rate       = 3e-3; // for the rows; three times as much for the scales
    int32_t  epochs     = 10;
    int32_t  batch      = 256;
    uint64_t seed       = 1;
    int32_t  n_threads  = 1;
};

struct router_fit_result {
    router_params params;      // of the best epoch
    double        before = 0;  // error on the tokens held aside, before and after
    double        after  = 0;
    int32_t       epoch  = 0;  // 0: nothing was better than the original
};

// The experts that a token is routed to, as indices among its candidates, with their weights; scales included.
struct router_choice {
    std::vector<int32_t> places;
    std::vector<double>  weights;
};
router_choice route(const router_gate & gate, const router_data & data, const router_params & params, int32_t token);

// Mean error of the tokens, each divided by its norm. gradient: if given, is added to; it has the shape of params.
double router_loss(const router_gate & gate, const router_data & data, const router_params & params, const std::vector<int32_t> & tokens, router_params * gradient, int32_t n_threads);

// Runs Adam over the training tokens, with a rate that decays to 0 along a cosine. check: called before each batch; an
// exception ends the fit.
router_fit_result fit_router(const router_gate & gate, const router_data & data, const router_params & start,
    const std::vector<int32_t> & training, const std::vector<int32_t> & aside, const router_fit_options & options, const std::function<void()> & check);
