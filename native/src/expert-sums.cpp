#include "expert-sums.h"

#include "ggml.h"

#include <algorithm>
#include <cstring>

expert_scorer::expert_scorer(std::vector<int32_t> moe_layers, int32_t n_layer_all, int32_t n_in_pass, int32_t n_expert, bool gate_in_input, int32_t n_top)
    : layer_index(n_layer_all, -1),
      n_moe_layers((int32_t) moe_layers.size()),
      n_in_pass(n_in_pass),
      n_expert(n_expert),
      gate_in_input(gate_in_input),
      n_top(n_top) {
    for (size_t i = 0; i < moe_layers.size(); ++i) {
        layer_index.at(moe_layers[i]) = (int32_t) i;
    }
}

void expert_scorer::begin(const std::vector<int32_t> & n_tokens, std::vector<std::vector<uint8_t>> classes) {
    n_tokens_done = 0;
    sequences.assign(n_tokens.size(), {});
    const size_t n_slots = (size_t) n_moe_layers*n_expert;
    for (size_t s = 0; s < n_tokens.size(); ++s) {
        auto & seq = sequences[s];
        seq.n_tokens = n_tokens[s];
        for (auto & sum : seq.sums) {
            sum.assign(n_slots, 0.0);
        }
        if (!classes.empty()) {
            seq.classes = std::move(classes[s]);
            for (const uint8_t token_class : seq.classes) {
                for (auto & sum : seq.class_sums.at(token_class)) {
                    sum.resize(n_slots, 0.0);
                }
            }
        }
        seq.max_norm.assign(n_slots, 0.0f);
        seq.contribution.assign((size_t) n_moe_layers*n_tokens[s], 0);
        seq.top_position.assign(n_slots*n_top, -1);
        seq.top_value   .assign(n_slots*n_top, 0.0f);
    }
}

void expert_scorer::add(const llama_moe_routing & routing) {
    const int32_t layer = layer_index.at(routing.il);
    if (layer < 0) {
        return;
    }
    const int32_t k = routing.n_expert_used;

    for (int32_t t = 0; t < routing.n_tokens; ++t) {
        auto & seq = sequences.at(routing.seq_id[t]);
        const double turn = routing.contribution[t];
        seq.contribution.at((size_t) layer*seq.n_tokens + routing.pos[t]) = ggml_fp32_to_fp16((float) turn);
        expert_sums * of_class = seq.classes.empty() ? nullptr : &seq.class_sums[seq.classes.at(routing.pos[t])];

        for (int32_t i = 0; i < k; ++i) {
            const int32_t expert = routing.ids[t*k + i];
            const double  gate   = routing.weights[t*k + i];
            const double  norm   = routing.norms[t*k + i];
            const double  weighted = gate_in_input ? norm : gate*norm;
            const size_t  slot   = (size_t) layer*n_expert + expert;

            for (expert_sums * sums : { &seq.sums, of_class }) {
                if (sums) {
                    (*sums)[SUM_COUNT         ].at(slot) += 1.0;
                    (*sums)[SUM_GATE          ][slot] += gate;
                    (*sums)[SUM_NORM          ][slot] += norm;
                    (*sums)[SUM_GATE_NORM     ][slot] += weighted;
                    (*sums)[SUM_GATE_TURN     ][slot] += gate*turn;
                    (*sums)[SUM_GATE_NORM_TURN][slot] += weighted*turn;
                }
            }
            seq.max_norm[slot] = std::max(seq.max_norm[slot], (float) norm);
            remember(seq, slot, routing.pos[t], (float) (weighted*turn));
        }
    }
    if (layer == n_in_pass - 1) {
        n_tokens_done += routing.n_tokens;
    }
}

void expert_scorer::remember(sequence_scores & seq, size_t slot, int32_t position, float value) const {
    float   * values    = seq.top_value   .data() + slot*n_top;
    int32_t * positions = seq.top_position.data() + slot*n_top;
    for (int32_t i = 0; i < n_top; ++i) {
        if (positions[i] < 0 || value > values[i]) {
            const size_t n_below = n_top - 1 - i;
            memmove(values    + i + 1, values    + i, n_below*sizeof(*values));
            memmove(positions + i + 1, positions + i, n_below*sizeof(*positions));
            values[i]    = value;
            positions[i] = position;
            return;
        }
    }
}
