// What an observing pass adds up besides the sums: which experts a token meets together, which tokens an expert sees,
// what its outputs look like, and how similar the router finds two experts. Collected only on request.
#pragma once

#include "ggml.h"
#include "llama-moe.h"

#include <cstdint>
#include <vector>

struct observe_options {
    std::vector<int32_t> moe_layers; // block indices, ascending
    int32_t n_layer_all;
    int32_t n_expert;
    int32_t n_vocab;
    int32_t window;         // number of a demo's tokens whose gate weights are added up together
    bool    gate_in_input;  // the model weights the experts' input: their outputs hold the gate
    bool    outputs;        // by dimension for each expert, and their products
    bool    logits;         // products of the router's logits
};

// All arrays are [n_moe_layers][n_expert], or for pairs [n_moe_layers][n_expert][n_expert]; over the tokens that count.
struct observed {
    std::vector<double> counts;
    std::vector<double> squares;      // sum of |E|^2
    std::vector<double> coverage;     // distinct tokens
    std::vector<double> entropy;      // sum over dimensions of log of the standard deviation; NaN with fewer than two tokens
    std::vector<double> output_norm;  // sum over dimensions of the norm of their values
    std::vector<double> outliers;     // values more than three standard deviations from the mean of their dimension

    std::vector<double> pairs;        // tokens that both experts were chosen for
    std::vector<double> shared;       // distinct tokens that both experts have seen
    std::vector<double> similarity;   // cosine of the mean outputs
    std::vector<double> gram;         // sum of g_i g_j <E_i, E_j>
    std::vector<double> logits;       // sum of l_i l_j over all tokens that count; empty: the router's logits were not available

    std::vector<float> windows;       // [n_windows][n_moe_layers][n_expert], sums of gate weights
};

class expert_observer {
public:
    explicit expert_observer(observe_options options);

    // Called before a pass over these sequences: their tokens, and which of them count (nothing else is added).
    void begin(const std::vector<std::vector<int32_t>> & sequences, const std::vector<std::vector<uint8_t>> & counted);

    // Whether the graph's node t is to be observed; if so, it is once computed. Throws std::runtime_error.
    bool wants(const ggml_tensor * t) const;
    void add(const ggml_tensor * t);

    // Compares with the taps' report on the same ubatch; throws std::runtime_error if tokens came in another order.
    void confirm(const llama_moe_report & report);

    // From now on values are compared with their dimension's mean and deviation so far, and nothing else is added.
    void count_outliers();

    observed result() const;

private:
    struct layer {
        std::vector<double>   counts;
        std::vector<double>   sums;    // [n_expert][n_embd]
        std::vector<double>   squares; // the same
        std::vector<double>   outliers;
        std::vector<float>    low;     // lower bounds for values that are not outliers, the same shape
        std::vector<float>    high;
        std::vector<uint64_t> seen;    // bit sets of tokens, [n_expert][n_words]
        std::vector<double>   pairs;
        std::vector<double>   gram;
        std::vector<double>   logits;
        std::vector<float>    windows; // [n_windows][n_expert]

        // of the current ubatch
        std::vector<int32_t> ids;
        std::vector<float>   weights;
        std::vector<float>   outputs;
        int64_t n_ids    = 0; // number of values of ids that are processed
        int64_t n_logits = 0; // number of tokens
    };

    int32_t layer_of(const ggml_tensor * t, const char * name) const;
    void work_off(layer & l, int64_t n_used);
    void add_outputs(layer & l, const int32_t * ids, const float * weights, const float * outputs, int64_t n_used);
    void add_logits(layer & l, const float * logits, int64_t n_rows);

    observe_options      options;
    std::vector<int32_t> layer_index; // block index -> MoE layer index, -1: none
    std::vector<layer>   layers;
    size_t  n_words;
    int64_t n_embd = 0;
    bool    second = false; // outliers are counted

    // of the tokens of this pass, one sequence after the other
    struct token {
        int32_t id;
        int32_t seq;
        int32_t pos;
        int32_t window;
        bool    counted;
    };
    std::vector<token> tokens;
    int64_t first     = 0; // of the current ubatch
    int32_t n_windows = 0;
};
