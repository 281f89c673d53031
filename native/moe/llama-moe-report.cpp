// Reads what the taps of a computed graph hold.
#include "llama-moe-state.h"

#include "llama-batch.h"

#include <memory>

bool llama_moe_state::report(ggml_backend_sched_t sched, const std::vector<llm_moe_tap> & taps, const llama_ubatch & ubatch) {
    const size_t n_tokens = ubatch.n_tokens;

    auto report = std::make_unique<llama_moe_report>();
    report->pos.assign(ubatch.pos, ubatch.pos + n_tokens);
    for (size_t t = 0; t < n_tokens; ++t) {
        report->seq_id.push_back(ubatch.seq_id[t][0]);
    }

    const auto read = [&](ggml_tensor * t, auto & out) {
        const size_t n_before = out.size();
        out.resize(n_before + ggml_nelements(t));
        ggml_backend_t backend = ggml_backend_sched_get_tensor_backend(sched, t);
        ggml_backend_tensor_get_async(backend, t, out.data() + n_before, 0, ggml_nbytes(t));
        tapped_bytes += ggml_nbytes(t);
    };

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
            read(slice.ids,       layer.ids);
            read(slice.weights,   layer.weights);
            read(slice.norms_sqr, layer.norms_sqr);
        }
        read(tap.x_sqr,   layer.x_sqr);
        read(tap.x_dot_r, layer.x_dot_r);
        read(tap.r_sqr,   layer.r_sqr);
    }
    ggml_backend_sched_synchronize(sched);

    return callback(std::move(report), user_data);
}
