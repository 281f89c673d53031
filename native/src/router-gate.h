// How a router's logits become a choice of experts and their weights, in double precision: the same as llama.cpp's build_moe_ffn.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

enum class router_gating { SOFTMAX, SIGMOID, SOFTMAX_CHOSEN, SQRT_SOFTPLUS };

struct router_gate {
    int32_t       n_expert   = 0; // number of kept experts; everything below is numbered by these
    router_gating gating     = router_gating::SOFTMAX;
    bool          normalised = false; // the weights of the chosen experts are divided by their sum
    double        scale      = 1.0;   // of the weights
    int32_t       n_used     = 1;
    int32_t       n_groups      = 1;  // of equal size; 1: none
    int32_t       n_groups_used = 1;

    std::vector<double> bias;           // of the logits, [n_expert] or empty
    std::vector<double> selection_bias; // of the scores that select experts, [n_expert] or empty
};

// Intermediate results of routing a token that the backward pass needs.
struct routed {
    std::vector<double>  probs;     // [n_expert]
    std::vector<double>  slopes;    // of probs by logits, unless they are a softmax
    std::vector<double>  selection; // the scores that select experts, before groups are selected
    std::vector<int32_t> places;    // of the chosen experts, among the candidates
    std::vector<double>  weights;   // of the chosen experts
    double               sum = 1;   // what weights were divided by
    bool                 divides = false; // the divisor depends on the weights
};

// logits: [n_expert] with the gate's bias; -infinity for an expert that is missing. candidates: experts that can be chosen.
routed route_logits(const router_gate & gate, const std::vector<double> & logits, const int32_t * candidates, int32_t n_candidates);

// The difference between what is computed here and what a device computed for the same tokens.
class routing_difference {
public:
    // Adds one token: the weights by expert.
    void add(const std::map<int32_t, double> & here, const std::map<int32_t, double> & there);

    // Whether it is more than rounding explains.
    bool is_other() const;

private:
    int64_t n_compared = 0;
    int64_t n_others   = 0; // tokens that are routed to other experts
    double  error      = 0; // of the weights of all other tokens
    double  total      = 0;
};
