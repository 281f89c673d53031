#include "llama-packed-attn.h"

#include "llama-moe-graph.h"

#include "llama-batch.h"
#include "llama-cparams.h"
#include "llama-hparams.h"

#include <algorithm>
#include <cmath>

namespace {

// number of queries of packed sequences that attend together
constexpr int64_t BAND_TOKENS = 512;
// GPUs process keys and values in blocks of this many cells
constexpr int64_t BAND_CELLS = 256;

// Consecutive queries of packed sequences, and the cells of the KV cache that hold all that they can see.
struct band {
    int64_t first_token;
    int64_t n_tokens;
    int64_t first_cell;
    int64_t n_cells;

    ggml_tensor * mask; // F16 [n_cells, n_tokens]
};

// The masks of packed sequences, instead of one [n_kv, n_tokens].
class llm_graph_input_bands : public llm_graph_input_i {
public:
    llm_graph_input_bands(const ggml_tensor * whole, uint32_t n_swa, llama_swa_type swa_type) : whole(whole), n_swa(n_swa), swa_type(swa_type) {}

    void set_input(const llama_ubatch * ubatch) override;

    std::vector<band> bands; // empty: the ubatch is not packed

    const ggml_tensor *  whole; // the mask that they replace
    const uint32_t       n_swa;
    const llama_swa_type swa_type;
};

// Whether a ubatch only reserves memory: all tokens of a sequence are at one position.
bool only_reserves(const llama_ubatch & ubatch) {
    return ubatch.n_tokens > 1 && ubatch.seq_id[0][0] == ubatch.seq_id[1][0] && ubatch.pos[0] == ubatch.pos[1];
}

// The index in the ubatch at which each token's sequence begins; empty if the ubatch is not packed.
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

// A band of the queries from `first` to before `end`, and the cells starting with that of token `sees`.
band band_of(int64_t first, int64_t end, int64_t sees, int64_t n_kv) {
    band out = {};
    out.first_token = first;
    out.n_tokens    = end - first;
    out.first_cell  = sees/BAND_CELLS*BAND_CELLS;
    out.n_cells     = std::min(n_kv, (end + BAND_CELLS - 1)/BAND_CELLS*BAND_CELLS) - out.first_cell;
    return out;
}

// Bands of queries, and the cells that each needs to see. A band ends where a sequence ends.
std::vector<band> plan_bands(const std::vector<int64_t> & starts, int64_t n_kv) {
    const int64_t n_tokens = (int64_t) starts.size();
    std::vector<band> bands;
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

// The same if sequences are not known yet: the first query of each band may see the longest sequence before it.
std::vector<band> largest_bands(int64_t n_tokens, int64_t n_longest, int64_t n_kv) {
    std::vector<band> bands;
    for (int64_t first = 0; first < n_tokens; first += BAND_TOKENS) {
        const int64_t sees = std::max<int64_t>(0, first + 1 - n_longest);
        bands.push_back(band_of(first, std::min(n_tokens, first + BAND_TOKENS), sees, n_kv));
    }
    return bands;
}

void llm_graph_input_bands::set_input(const llama_ubatch * ubatch) {
    const std::vector<int64_t> starts = sequence_starts(*ubatch);

    const ggml_fp16_t masked = ggml_fp32_to_fp16(-INFINITY);
    std::vector<ggml_fp16_t> values;
    for (const auto & b : bands) {
        values.assign(b.n_cells*b.n_tokens, masked);
        for (int64_t i = 0; i < b.n_tokens; ++i) {
            const int64_t token = b.first_token + i;
            for (int64_t cell = starts[token]; cell <= token; ++cell) {
                if (!llama_hparams::is_masked_swa(n_swa, swa_type, ubatch->pos[cell], ubatch->pos[token])) {
                    values[i*b.n_cells + cell - b.first_cell] = 0;
                }
            }
        }
        ggml_backend_tensor_set(b.mask, values.data(), 0, ggml_nbytes(b.mask));
    }
}

const llm_graph_input_bands & bands_for(const llm_graph_context & graph, const ggml_tensor * whole, uint32_t n_longest, int64_t n_kv, int il) {
    for (const auto & input : graph.res->inputs) {
        const auto * known = dynamic_cast<const llm_graph_input_bands *>(input.get());
        if (known && known->whole == whole) {
            return *known;
        }
    }
    const auto & hparams = graph.hparams;
    const bool is_swa = hparams.is_swa(il);
    auto inp = std::make_unique<llm_graph_input_bands>(whole, is_swa ? hparams.n_swa : 0, is_swa ? hparams.swa_type : LLAMA_SWA_TYPE_NONE);

    inp->bands = only_reserves(graph.ubatch)
        ? largest_bands(graph.n_tokens, n_longest, n_kv)
        : plan_bands(sequence_starts(graph.ubatch), n_kv);
    for (auto & b : inp->bands) {
        b.mask = ggml_new_tensor_2d(graph.ctx0, GGML_TYPE_F16, b.n_cells, b.n_tokens);
        ggml_set_input(b.mask);
        ggml_set_name(b.mask, "attn_inp_kq_mask_band");
    }
    return *static_cast<llm_graph_input_bands *>(graph.res->add_input(std::move(inp)));
}

// Like llama.cpp, which computes attention in single precision with keys and values in half precision.
ggml_tensor * half_precision(ggml_context * ctx, ggml_tensor * t) {
    return t->type == GGML_TYPE_F32 ? ggml_cast(ctx, t, GGML_TYPE_F16) : t;
}

} // namespace

uint32_t llm_bands_max_nodes(const llama_moe_params & params, uint32_t n_tokens) {
    constexpr uint32_t band_nodes = 8;
    // sequences that end early shorten bands, at most every second one
    return params.n_longest > 0 ? 2*((n_tokens + BAND_TOKENS - 1)/BAND_TOKENS)*band_nodes : 0;
}

ggml_tensor * llama_moe_state::build_attn(const llm_graph_context & graph, ggml_tensor * q, ggml_tensor * k, ggml_tensor * v,
        ggml_tensor * kq_mask, ggml_tensor * sinks, ggml_tensor * v_mla, float kq_scale, int il) {
    const auto & cparams = graph.cparams;
    const auto & hparams = graph.hparams;
    const bool is_plain_mask = kq_mask && kq_mask->op == GGML_OP_NONE && kq_mask->ne[1] == graph.n_tokens && kq_mask->ne[3] == 1;
    if (params.n_longest == 0 || !cparams.causal_attn || cparams.warmup || !is_plain_mask || hparams.use_alibi) {
        return nullptr;
    }
    const llm_graph_input_bands & known = bands_for(graph, kq_mask, params.n_longest, k->ne[1], il);
    if (known.bands.empty()) {
        return nullptr;
    }

    ggml_context * ctx = graph.ctx0;
    const bool v_is_transposed = v->nb[1] < v->nb[2];
    k = half_precision(ctx, k);
    v = half_precision(ctx, v_is_transposed ? ggml_transpose(ctx, v) : v);

    const auto cells = [&](ggml_tensor * t, const band & b) {
        return ggml_view_4d(ctx, t, t->ne[0], b.n_cells, t->ne[2], t->ne[3], t->nb[1], t->nb[2], t->nb[3], b.first_cell*t->nb[1]);
    };
    ggml_tensor * cur = llm_graph_concat(graph, 2, 0, (int64_t) known.bands.size(), [&](int64_t i) {
        const auto & b = known.bands[i];
        ggml_tensor * q_band = ggml_view_4d(ctx, q, q->ne[0], b.n_tokens, q->ne[2], q->ne[3], q->nb[1], q->nb[2], q->nb[3], b.first_token*q->nb[1]);

        ggml_tensor * out = ggml_flash_attn_ext(ctx, q_band, cells(k, b), cells(v, b), b.mask, kq_scale, hparams.f_max_alibi_bias,
            hparams.attn_soft_cap ? hparams.f_attn_logit_softcapping : 0.0f);
        graph.res->add_fused_node({LLM_FUSED_OP_FLASH_ATTN, out, il});
        ggml_flash_attn_ext_add_sinks(out, sinks);
        ggml_flash_attn_ext_set_prec (out, GGML_PREC_F32);
        return out;
    });
    if (v_mla) {
        cur = ggml_mul_mat(ctx, v_mla, ggml_permute(ctx, cur, 0, 2, 1, 3));
        graph.cb(cur, "fattn_mla", il);
        cur = ggml_cont(ctx, ggml_permute(ctx, cur, 0, 2, 1, 3));
    }
    return ggml_reshape_2d(ctx, cur, cur->ne[0]*cur->ne[1], cur->ne[2]*cur->ne[3]);
}
