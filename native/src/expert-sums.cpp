#include "expert-sums.h"

#include <algorithm>
#include <cmath>

namespace {

// 1 - cos(x, x + r) from a = |x|^2, b = x.r, c = |r|^2, without the cancellation of a float subtraction from 1:
// with P = a (a + 2b + c):  1 - cos = (P - (a + b)^2) / (sqrt(P) (sqrt(P) + a + b)),  P - (a + b)^2 = ac - b^2
double one_minus_cos(double a, double b, double c) {
    const double p = a*(a + 2*b + c);
    if (!(p > 0)) {
        return 0.0; // a zero vector turns nothing
    }
    const double s     = std::sqrt(p);
    const double denom = s*(s + a + b);
    if (!(denom > 0)) {
        return 2.0; // opposite vectors
    }
    return std::max((a*c - b*b)/denom, 0.0);
}

} // namespace

expert_scorer::expert_scorer(std::vector<int32_t> moe_layers, int32_t n_layer_all, int32_t n_expert, bool gate_in_input, bool skip_first)
    : layer_index(n_layer_all, -1),
      n_moe_layers((int32_t) moe_layers.size()),
      n_expert(n_expert),
      gate_in_input(gate_in_input),
      skip_first(skip_first) {
    for (size_t i = 0; i < moe_layers.size(); ++i) {
        layer_index.at(moe_layers[i]) = (int32_t) i;
    }
}

void expert_scorer::begin(size_t n_sequences) {
    sequences.assign(n_sequences, {});
    const size_t n_slots = (size_t) n_moe_layers*n_expert;
    for (auto & seq : sequences) {
        for (auto & sum : seq.sums) {
            sum.assign(n_slots, 0.0);
        }
        seq.max_norm.assign(n_slots, 0.0f);
    }
}

void expert_scorer::add(std::unique_ptr<llama_moe_report> report) {
    if (adding.valid()) {
        adding.get();
    }
    adding = std::async(std::launch::async, [this, report = std::move(report)] {
        for (const auto & routing : report->layers) {
            add_layer(*report, routing);
        }
    });
}

std::vector<sequence_scores> expert_scorer::take() {
    if (adding.valid()) {
        adding.get();
    }
    return std::move(sequences);
}

void expert_scorer::add_layer(const llama_moe_report & report, const llama_moe_routing & routing) {
    const int32_t layer = layer_index.at(routing.il);
    if (layer < 0) {
        return;
    }
    const int32_t k = routing.n_expert_used;

    for (size_t t = 0; t < report.pos.size(); ++t) {
        auto & seq = sequences.at(report.seq_id[t]);
        const double turn = one_minus_cos(routing.x_sqr[t], routing.x_dot_r[t], routing.r_sqr[t]);
        const bool counts = !skip_first || report.pos[t] > 0;

        for (size_t i = t*k; i < (t + 1)*k; ++i) {
            const float  norm     = std::sqrt(routing.norms_sqr[i]);
            const double gate     = routing.weights[i];
            const double weighted = gate_in_input ? norm : gate*norm;
            const size_t slot     = (size_t) layer*n_expert + routing.ids[i];

            if (counts) {
                seq.sums[SUM_COUNT         ].at(slot) += 1.0;
                seq.sums[SUM_GATE          ][slot] += gate;
                seq.sums[SUM_NORM          ][slot] += norm;
                seq.sums[SUM_GATE_NORM     ][slot] += weighted;
                seq.sums[SUM_GATE_TURN     ][slot] += gate*turn;
                seq.sums[SUM_GATE_NORM_TURN][slot] += weighted*turn;
            }
            seq.max_norm.at(slot) = std::max(seq.max_norm[slot], norm);
        }
    }
}
