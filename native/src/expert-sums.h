// The sums over tokens that all fast ranking criteria are derived from, accumulated from the taps' reports.
#pragma once

#include "llama-moe.h"

#include <array>
#include <cstdint>
#include <future>
#include <memory>
#include <vector>

// The order of SUMS in electron/contract/criteria.ts.
enum expert_sum {
    SUM_COUNT,          // tokens routed to the expert
    SUM_GATE,           // g
    SUM_NORM,           // |E|
    SUM_GATE_NORM,      // g |E|
    SUM_GATE_TURN,      // g (1 - cos)
    SUM_GATE_NORM_TURN, // g |E| (1 - cos)
    SUM_TYPES,
};

using expert_sums = std::array<std::vector<double>, SUM_TYPES>;

// The sums of one sequence, [n_moe_layers][n_expert] each, in double precision.
struct sequence_scores {
    expert_sums sums;
    std::vector<float> max_norm; // largest |E|, 0: never routed to, [n_moe_layers][n_expert]
};

class expert_scorer {
public:
    // moe_layers: block indices, ascending. gate_in_input: the model weights the experts' input (llama4), so that |E|
    // already holds the gate. skip_first: the sums leave out position 0, the largest norms do not.
    expert_scorer(std::vector<int32_t> moe_layers, int32_t n_layer_all, int32_t n_expert, bool gate_in_input, bool skip_first);

    // Forgets everything and expects as many sequences, numbered from 0.
    void begin(size_t n_sequences);

    // Adds a ubatch on a thread of its own, so that the device can continue. Waits for the previous ubatch, so that no
    // more than one is held. Throws what adding that one threw.
    void add(std::unique_ptr<llama_moe_report> report);

    // Waits for the last ubatch; throws what adding it threw.
    std::vector<sequence_scores> take();

private:
    void add_layer(const llama_moe_report & report, const llama_moe_routing & routing);

    std::vector<int32_t> layer_index; // block index -> MoE layer index, -1: none
    int32_t n_moe_layers;
    int32_t n_expert;
    bool    gate_in_input;
    bool    skip_first;

    std::vector<sequence_scores> sequences;

    std::future<void> adding; // the last member, so that it is waited for before the others are destroyed
};
