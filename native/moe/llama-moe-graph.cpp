// The parts of llama.cpp's compute graphs that llama-moe.h offers: the members of llm_graph_context and of the graph
// inputs that the patch declares.
#include "llama-moe-state.h"

#include "llama-batch.h"
#include "llama-cparams.h"
#include "llama-graph.h"
#include "llama-hparams.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace {

// queries of packed sequences that attend together
constexpr int64_t BAND_TOKENS = 512;
// GPUs take keys and values in blocks of so many cells
constexpr int64_t BAND_CELLS = 256;

// Concatenates along `dim` as a tree, so that every part is copied log2(parts) times. Parts are built in order.
ggml_tensor * concat_tree(ggml_context * ctx, ggml_cgraph * gf, int dim, int64_t first, int64_t end, const std::function<ggml_tensor *(int64_t)> & part) {
    ggml_tensor * cur;
    if (end - first == 1) {
        cur = part(first);
    } else {
        const int64_t middle = (first + end + 1)/2;
        ggml_tensor * front = concat_tree(ctx, gf, dim, first,  middle, part);
        ggml_tensor * back  = concat_tree(ctx, gf, dim, middle, end,    part);
        cur = ggml_concat(ctx, front, back, dim);
    }
    ggml_build_forward_expand(gf, cur);
    return cur;
}

// n rows of a matrix, from the first on; nullptr of nullptr
ggml_tensor * rows(ggml_context * ctx, ggml_tensor * t, int64_t first, int64_t n) {
    return t ? ggml_view_2d(ctx, t, t->ne[0], n, t->nb[1], first*t->nb[1]) : nullptr;
}

// A ubatch that only reserves memory: all tokens of a sequence are at one position.
bool only_reserves(const llama_ubatch & ubatch) {
    return ubatch.n_tokens > 1 && ubatch.seq_id[0][0] == ubatch.seq_id[1][0] && ubatch.pos[0] == ubatch.pos[1];
}

// Where each token's sequence begins in the ubatch; empty if the ubatch is not packed.
std::vector<int64_t> sequence_starts(const llama_ubatch & ubatch) {
    const int64_t n_tokens = ubatch.n_tokens;
    std::vector<int64_t> starts(n_tokens);
    for (int64_t t = 0; t < n_tokens; ++t) {
        if (ubatch.n_seq_id[t] != 1) {
            return {};
        }
        const bool goes_on = t > 0 && ubatch.seq_id[t][0] == ubatch.seq_id[t - 1][0];
        starts[t] = goes_on ? starts[t - 1] : t;
        if (ubatch.pos[t] != t - starts[t]) {
            return {};
        }
    }
    return starts;
}

// Queries from the first token to before the end, and the cells from that of token `sees` on.
llm_moe_band band_of(int64_t first, int64_t end, int64_t sees, int64_t n_kv) {
    llm_moe_band band = {};
    band.first_token = first;
    band.n_tokens    = end - first;
    band.first_cell  = sees/BAND_CELLS*BAND_CELLS;
    band.n_cells     = std::min(n_kv, (end + BAND_CELLS - 1)/BAND_CELLS*BAND_CELLS) - band.first_cell;
    return band;
}

// Bands of queries, and the cells that each needs to see. They end with a sequence where one ends.
std::vector<llm_moe_band> plan_bands(const std::vector<int64_t> & starts, int64_t n_kv) {
    const int64_t n_tokens = (int64_t) starts.size();
    std::vector<llm_moe_band> bands;
    for (int64_t first = 0; first < n_tokens; ) {
        int64_t end = std::min(n_tokens, first + BAND_TOKENS);
        if (end < n_tokens && starts[end] > first && starts[end] < end) {
            end = starts[end];
        }
        bands.push_back(band_of(first, end, starts[first], n_kv));
        first = end;
    }
    return bands;
}

// The same where sequences are not known yet: the first query of each band may see the longest one before it.
std::vector<llm_moe_band> largest_bands(int64_t n_tokens, int64_t n_longest, int64_t n_kv) {
    std::vector<llm_moe_band> bands;
    for (int64_t first = 0; first < n_tokens; first += BAND_TOKENS) {
        const int64_t sees = std::max<int64_t>(0, first + 1 - n_longest);
        bands.push_back(band_of(first, std::min(n_tokens, first + BAND_TOKENS), sees, n_kv));
    }
    return bands;
}

} // namespace

uint32_t llm_moe_max_nodes(const llama_hparams & hparams, const llama_cparams & cparams, uint32_t n_tokens) {
    constexpr uint32_t tap_nodes   = 40; // of one layer
    constexpr uint32_t moe_nodes   = 96; // of one slice, whatever its gate and activation
    constexpr uint32_t used_nodes  = 2;  // of one slice and expert used: a view and a sum
    constexpr uint32_t band_nodes  = 8;

    const auto parts = [&](uint32_t n) { return n > 0 ? (n_tokens + n - 1)/n : 0; };

    uint32_t n_nodes = parts(cparams.n_moe_slice)*(moe_nodes + used_nodes*hparams.n_expert_used_max());
    if (cparams.n_packed_seq > 0) {
        n_nodes += 2*parts(BAND_TOKENS)*band_nodes; // sequences that end early make bands shorter, every second one at most
    }
    if (cparams.moe->taps() || cparams.moe->masked()) {
        n_nodes += tap_nodes;
    }
    if (cparams.moe->fit_mode != LLAMA_MOE_FIT_OFF) { // the candidates beside the block itself, and what is watched of both
        n_nodes += tap_nodes + std::max(1u, parts(cparams.n_moe_slice))*(moe_nodes + used_nodes*hparams.n_expert_used_max() + tap_nodes);
    }
    return n_nodes*hparams.n_layer_all;
}

void llm_graph_input_moe_mask::set_input(const llama_ubatch * ubatch) {
    GGML_UNUSED(ubatch);
    ggml_backend_tensor_set(mask, moe->mask.data(), 0, ggml_nbytes(mask));
}

bool llm_graph_input_moe_mask::can_reuse(const llm_graph_params & params) {
    GGML_UNUSED(params);
    return true; // the values are set anew for every ubatch
}

void llm_graph_input_moe_bands::set_input(const llama_ubatch * ubatch) {
    const std::vector<int64_t> starts = sequence_starts(*ubatch);

    const ggml_fp16_t masked = ggml_fp32_to_fp16(-INFINITY);
    std::vector<ggml_fp16_t> values;
    for (const auto & band : bands) {
        values.assign(band.n_cells*band.n_tokens, masked);
        for (int64_t i = 0; i < band.n_tokens; ++i) {
            const int64_t token = band.first_token + i;
            for (int64_t cell = starts[token]; cell <= token; ++cell) {
                if (!llama_hparams::is_masked_swa(n_swa, swa_type, ubatch->pos[cell], ubatch->pos[token])) {
                    values[i*band.n_cells + cell - band.first_cell] = 0;
                }
            }
        }
        ggml_backend_tensor_set(band.mask, values.data(), 0, ggml_nbytes(band.mask));
    }
}

bool llm_graph_context::moe_all_rows() const {
    return cparams.moe && (cparams.moe->taps() || cparams.moe->all_rows) && !cparams.warmup;
}

bool llm_graph_context::moe_taps_on() const {
    return cparams.moe && cparams.moe->taps() && !cparams.warmup;
}

ggml_tensor * llm_graph_context::build_moe_mask(int il) const {
    if (!cparams.moe || !cparams.moe->masked() || cparams.warmup || il < 0) {
        return nullptr;
    }

    if (!res->t_moe_mask) {
        auto inp = std::make_unique<llm_graph_input_moe_mask>(cparams.moe);

        inp->mask = ggml_new_tensor_2d(ctx0, GGML_TYPE_F32, hparams.n_expert, hparams.n_layer_all);
        ggml_set_input(inp->mask);
        cb(inp->mask, "inp_moe_mask", -1);

        res->t_moe_mask = inp->mask;
        res->add_input(std::move(inp));
    }

    ggml_tensor * mask = res->t_moe_mask;

    return ggml_view_1d(ctx0, mask, mask->ne[0], il*mask->nb[1]);
}

void llm_graph_context::build_moe_taps(
        ggml_tensor * ffn_input,
        ggml_tensor * ids,
        ggml_tensor * weights,
        ggml_tensor * experts,
                int   il) const {
    if (!moe_taps_on()) {
        return;
    }
    ggml_tensor * whole = res->t_moe_whole;

    if (res->moe_taps.empty() || res->moe_taps.back().il != il) {
        llm_moe_tap tap = {};

        tap.il    = il;
        tap.input = whole ? whole : ffn_input;
        res->moe_taps.push_back(tap);
    } else if (!whole || res->moe_taps.back().routed) {
        return; // the chunk experts of grovemoe follow the routed ones of the same layer
    }

    llm_moe_tap_slice slice = {};

    slice.ids       = ggml_cont(ctx0, ids);
    slice.weights   = ggml_cont(ctx0, weights);
    slice.norms_sqr = llm_moe_row_dots(ctx0, experts, experts);

    ggml_format_name(slice.ids, "moe_tap_ids-%d", il);
    ggml_format_name(slice.weights, "moe_tap_weights-%d", il);
    // the product, not its reshaped view: devices may come to that only after the outputs were weighted in place
    ggml_format_name(slice.norms_sqr->src[0], "moe_tap_norms-%d", il);

    for (ggml_tensor * t : { slice.ids, slice.weights, slice.norms_sqr }) {
        ggml_set_output(t);
        ggml_build_forward_expand(gf, t);
    }

    res->moe_taps.back().slices.push_back(slice);
}

void llm_graph_context::build_moe_routed(ggml_tensor * moe_out, int il) const {
    if (!moe_taps_on() || res->moe_taps.empty() || res->t_moe_whole) {
        return;
    }
    auto & tap = res->moe_taps.back();
    GGML_ASSERT(tap.il == il);

    if (!tap.routed) {
        tap.routed = moe_out;
        llm_moe_add_ancestors(tap.input, res->moe_before);
    }
}

void llm_graph_context::build_moe_turn(ggml_tensor * cur) const {
    if (!moe_taps_on() || res->moe_taps.empty()) {
        return;
    }
    const auto & tap = res->moe_taps.back();
    if (!tap.routed || tap.x_sqr) {
        return;
    }
    const llm_moe_addition found = llm_moe_find_addition(ctx0, cur, tap.routed, res->moe_before);
    if (found.routed) {
        build_moe_turn(found.stream, found.routed);
    }
}

void llm_graph_context::build_moe_turn(ggml_tensor * stream, ggml_tensor * routed) const {
    auto & tap = res->moe_taps.back();

    const auto row_of_token = [&](ggml_tensor * t) {
        ggml_tensor * cont = ggml_is_contiguous(t) ? t : ggml_cont(ctx0, t);
        return ggml_reshape_2d(ctx0, cont, ggml_nelements(t)/tap.routed->ne[1], tap.routed->ne[1]);
    };
    ggml_tensor * x = row_of_token(stream);
    ggml_tensor * r = row_of_token(routed);

    tap.x_sqr   = llm_moe_row_dots(ctx0, x, x);
    tap.x_dot_r = llm_moe_row_dots(ctx0, x, r);
    tap.r_sqr   = llm_moe_row_dots(ctx0, r, r);

    for (ggml_tensor * t : { tap.x_sqr, tap.x_dot_r, tap.r_sqr }) {
        ggml_set_output(t);
        ggml_build_forward_expand(gf, t);
    }
}

bool llm_graph_context::moe_in_slices(int64_t n_tokens) const {
    return cparams.n_moe_slice > 0 && n_tokens > cparams.n_moe_slice && !cparams.warmup;
}

ggml_tensor * llm_graph_context::build_moe_slices(ggml_tensor * cur, ggml_tensor * probs, ggml_tensor * ids, const moe_part & part, int il) const {
    const int64_t n_tokens = cur->ne[1];
    const int64_t n_slice  = cparams.n_moe_slice;
    const int64_t n_slices = (n_tokens + n_slice - 1)/n_slice;

    res->t_moe_whole = cur;
    ggml_tensor * moe_out = concat_tree(ctx0, gf, 1, 0, n_slices, [&](int64_t i) {
        const int64_t first = i*n_slice;
        const int64_t n     = std::min(n_slice, n_tokens - first);
        return part(rows(ctx0, cur, first, n), rows(ctx0, probs, first, n), rows(ctx0, ids, first, n));
    });
    res->t_moe_whole = nullptr;

    build_moe_routed(moe_out, il);
    cb(moe_out, "ffn_moe_out", il);

    return moe_out;
}

ggml_tensor * llm_graph_context::build_attn_packed(
        ggml_tensor * q, // [n_embd_head, n_tokens, n_head, n_stream]
        ggml_tensor * k, // [n_embd_head, n_kv, n_head_kv, n_stream]
        ggml_tensor * v,
        ggml_tensor * kq_mask,
        ggml_tensor * sinks,
              float   kq_scale,
                int   il) const {
    const bool is_plain_mask = kq_mask && kq_mask->op == GGML_OP_NONE && kq_mask->ne[1] == n_tokens && kq_mask->ne[3] == 1;
    if (cparams.n_packed_seq == 0 || !cparams.causal_attn || cparams.warmup || !is_plain_mask || hparams.use_alibi) {
        return nullptr;
    }

    auto & known = res->moe_bands[kq_mask];
    if (!known) {
        const bool is_swa = hparams.is_swa(il);
        auto inp = std::make_unique<llm_graph_input_moe_bands>(is_swa ? hparams.n_swa : 0, is_swa ? hparams.swa_type : LLAMA_SWA_TYPE_NONE);

        inp->bands = only_reserves(ubatch)
            ? largest_bands(n_tokens, cparams.n_packed_seq, k->ne[1])
            : plan_bands(sequence_starts(ubatch), k->ne[1]);
        for (auto & band : inp->bands) {
            band.mask = ggml_new_tensor_2d(ctx0, GGML_TYPE_F16, band.n_cells, band.n_tokens);
            ggml_set_input(band.mask);
            ggml_set_name(band.mask, "attn_inp_kq_mask_band");
        }
        known = inp.get();
        res->add_input(std::move(inp));
    }
    if (known->bands.empty()) {
        return nullptr;
    }

    const auto cells = [&](ggml_tensor * t, const llm_moe_band & band) {
        return ggml_view_4d(ctx0, t, t->ne[0], band.n_cells, t->ne[2], t->ne[3], t->nb[1], t->nb[2], t->nb[3], band.first_cell*t->nb[1]);
    };
    return concat_tree(ctx0, gf, 2, 0, (int64_t) known->bands.size(), [&](int64_t i) {
        const auto & band = known->bands[i];
        ggml_tensor * q_band = ggml_view_4d(ctx0, q, q->ne[0], band.n_tokens, q->ne[2], q->ne[3], q->nb[1], q->nb[2], q->nb[3], band.first_token*q->nb[1]);

        ggml_tensor * cur = ggml_flash_attn_ext(ctx0, q_band, cells(k, band), cells(v, band), band.mask, kq_scale, hparams.f_max_alibi_bias,
            hparams.attn_soft_cap ? hparams.f_attn_logit_softcapping : 0.0f);
        res->add_fused_node({LLM_FUSED_OP_FLASH_ATTN, cur, il});
        ggml_flash_attn_ext_add_sinks(cur, sinks);
        ggml_flash_attn_ext_set_prec (cur, GGML_PREC_F32);
        return cur;
    });
}
