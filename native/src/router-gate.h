// How a router's logits become a choice of experts and their weights: what llama.cpp's build_moe_ffn computes, in double precision.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

enum class router_gating { SOFTMAX, SIGMOID, SOFTMAX_CHOSEN, SQRT_SOFTPLUS };

struct router_gate {
    int32_t       n_expert   = 0; // that are kept; all that follows numbers these alone
    router_gating gating     = router_gating::SOFTMAX;
    bool          normalised = false; // the weights of the chosen experts are divided by their sum
    double        scale      = 1.0;   // of the weights
    int32_t       n_used     = 1;
    int32_t       n_groups      = 1;  // of equally many experts; 1: none
    int32_t       n_groups_used = 1;

    std::vector<double> bias;           // of the logits, [n_expert] or empty
    std::vector<double> selection_bias; // of what experts are chosen by, [n_expert] or empty
};

// What a token's way through the router leaves for the way back.
struct routed {
    std::vector<double>  probs;     // [n_expert]
    std::vector<double>  slopes;    // of probs by logits where they are not of a softmax
    std::vector<double>  selection; // what experts are chosen by, before groups are
    std::vector<int32_t> places;    // of the chosen ones among the candidates
    std::vector<double>  weights;   // theirs
    double               sum = 1;   // that weights were divided by
    bool                 divides = false; // by what depends on them
};

// logits: [n_expert] with the gate's bias; -infinity of an expert that is not there. candidates: experts that can be chosen.
routed route_logits(const router_gate & gate, const std::vector<double> & logits, const int32_t * candidates, int32_t n_candidates);

// How far what is computed here is from what a device did with the same tokens.
class routing_difference {
public:
    // Of one token, weights by expert.
    void add(const std::map<int32_t, double> & here, const std::map<int32_t, double> & there);

    // More than rounding explains.
    bool is_other() const;

private:
    int64_t n_compared = 0;
    int64_t n_others   = 0; // tokens that go to other experts
    double  error      = 0; // of the weights of all others
    double  total      = 0;
};
