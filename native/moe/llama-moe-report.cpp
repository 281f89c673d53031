// Reads the taps and sums of a computed graph.
#include "llama-moe-graph.h"

#include "llama-batch.h"

#include <memory>

namespace {

// Reads that have begun, and are complete when the scheduler is synchronised.
struct device_reads {
    ggml_backend_sched_t sched;
    uint64_t             n_bytes = 0;

    // appends a tensor's values; the vector must have room for them
    template <typename T>
    void append(ggml_tensor * t, std::vector<T> & out) {
        const size_t n_before = out.size();
        out.resize(n_before + ggml_nelements(t));
        ggml_backend_t backend = ggml_backend_sched_get_tensor_backend(sched, t);
        ggml_backend_tensor_get_async(backend, t, out.data() + n_before, 0, ggml_nbytes(t));
        n_bytes += ggml_nbytes(t);
    }
};

std::unique_ptr<llama_moe_report> read_taps(device_reads & reads, const std::vector<llm_moe_tap> & taps, const llama_ubatch & ubatch) {
    const size_t n_tokens = ubatch.n_tokens;

    auto report = std::make_unique<llama_moe_report>();
    report->pos.assign(ubatch.pos, ubatch.pos + n_tokens);
    for (size_t t = 0; t < n_tokens; ++t) {
        report->seq_id.push_back(ubatch.seq_id[t][0]);
    }

    report->layers.reserve(taps.size());
    for (const auto & tap : taps) {
        const int64_t n_used = tap.slices.front().ids->ne[0];
        report->layers.push_back({});
        auto & layer = report->layers.back();
        layer.il            = tap.il;
        layer.n_expert_used = (int32_t) n_used;
        layer.ids      .reserve(n_tokens*n_used); // the devices write into it while later slices are appended
        layer.weights  .reserve(n_tokens*n_used);
        layer.norms_sqr.reserve(n_tokens*n_used);
        for (const auto & slice : tap.slices) {
            reads.append(slice.ids,       layer.ids);
            reads.append(slice.weights,   layer.weights);
            reads.append(slice.norms_sqr, layer.norms_sqr);
        }
        reads.append(tap.x_sqr,   layer.x_sqr);
        reads.append(tap.x_dot_r, layer.x_dot_r);
        reads.append(tap.r_sqr,   layer.r_sqr);
    }
    return report;
}

} // namespace

bool llama_moe_state::computed(const llm_graph_result & result, ggml_backend_sched_t sched, const llama_ubatch & ubatch) {
    const llm_moe_graph * own = llm_moe_graph_of(result);
    if (!own || (own->taps.empty() && own->squares.empty())) {
        return true;
    }
    device_reads reads = { sched };
    const size_t n_squares = own->squares.size();
    std::vector<std::vector<float>>   sums(n_squares);
    std::vector<std::vector<int32_t>> ids (n_squares);
    for (size_t i = 0; i < n_squares; ++i) {
        reads.append(own->squares[i].sums, sums[i]);
        if (own->squares[i].ids) {
            reads.append(own->squares[i].ids, ids[i]);
        }
    }
    auto report = own->taps.empty() ? nullptr : read_taps(reads, own->taps, ubatch);
    ggml_backend_sched_synchronize(sched);
    tapped_bytes += reads.n_bytes;

    if (n_squares > 0) {
        std::vector<llama_moe_importance> inputs;
        for (size_t i = 0; i < n_squares; ++i) {
            inputs.push_back(llm_moe_importance_of(own->squares[i], sums[i], ids[i]));
        }
        importance_callback(inputs, importance_user_data);
    }
    return !report || callback(std::move(report), user_data);
}
