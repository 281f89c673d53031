#include "llama-moe-importance.h"

#include "llama-moe-graph.h"

#include "llama-model.h"

#include "ggml-cpp.h"
#include "ggml-impl.h"

#include <algorithm>
#include <cstring>

namespace {

// F32 [n_in, n_expert]: the rows of x, F32 [n_in, n_rows], summed by their experts, I32 [n_rows].
ggml_tensor * add_by_expert(ggml_context * ctx, ggml_tensor * x, ggml_tensor * experts, int64_t n_expert) {
    ggml_tensor * shape = ggml_new_tensor_2d(ctx, GGML_TYPE_F32, x->ne[0], n_expert);
    return ggml_get_rows_back(ctx, x, experts, shape);
}

// squares: F32 [n_in, 1 or n_used, n_tokens]; ids: I32 [n_used, n_tokens]
ggml_tensor * routed_sums(ggml_context * ctx, ggml_tensor * squares, ggml_tensor * ids, int64_t n_expert) {
    const int64_t n_used   = ids->ne[0];
    const int64_t n_tokens = ids->ne[1];
    ggml_tensor * rows = ggml_reshape_2d(ctx, squares, squares->ne[0], squares->ne[1]*squares->ne[2]);
    if (squares->ne[1] == n_used) {
        return add_by_expert(ctx, rows, ggml_reshape_1d(ctx, ids, n_used*n_tokens), n_expert);
    }
    ggml_tensor * sums = nullptr; // each row is added for all experts of its token
    for (int64_t rank = 0; rank < n_used; ++rank) {
        ggml_tensor * of_rank = ggml_cont(ctx, ggml_view_2d(ctx, ids, 1, n_tokens, ids->nb[1], rank*ids->nb[0]));
        ggml_tensor * part = add_by_expert(ctx, rows, ggml_reshape_1d(ctx, of_rank, n_tokens), n_expert);
        sums = sums ? ggml_add(ctx, sums, part) : part;
    }
    return sums;
}

} // namespace

int64_t llama_moe_matrix_of(const ggml_tensor * weight, int64_t i2, int64_t i3) {
    return (i3 % weight->ne[3])*weight->ne[2] + i2 % weight->ne[2];
}

std::string llama_moe_weight_name(const ggml_tensor * weight) {
    const char * begin = strchr(weight->name, '#');
    if (!begin) {
        return weight->name;
    }
    const char * end = strchr(++begin, '#');
    return end ? std::string(begin, end - begin) : std::string(begin);
}

bool llama_moe_has_importance(const ggml_tensor * node) {
    if (node->op == GGML_OP_MUL_MAT) {
        const ggml_tensor * x = node->src[1];
        // llama-imatrix leaves out inputs of fewer than 16 rows, which are no tokens; these may be the last of a ubatch
        const bool are_tokens = x->ne[1] >= 16 || x->ne[2]*x->ne[3] == 1;
        return x->type == GGML_TYPE_F32 && are_tokens && llama_moe_weight_name(node->src[0]).compare(0, 4, "blk.") == 0;
    }
    return node->op == GGML_OP_MUL_MAT_ID;
}

bool llama_moe_devices_add_importance(const llama_model * model) {
    ggml_context_ptr ctx(ggml_init({ 8*ggml_tensor_overhead(), nullptr, true }));
    ggml_tensor * ids = ggml_new_tensor_1d(ctx.get(), GGML_TYPE_I32, 8);
    ggml_tensor * sums = add_by_expert(ctx.get(), ggml_new_tensor_2d(ctx.get(), GGML_TYPE_F32, 64, 8), ids, 4);
    return !model->devices.empty() && std::all_of(model->devices.begin(), model->devices.end(), [&](const auto & device) {
        return ggml_backend_dev_supports_op(device.dev, sums);
    });
}

std::vector<llm_moe_squares> llm_moe_build_squares(const llm_graph_context & graph) {
    ggml_context * ctx = graph.ctx0;
    std::vector<llm_moe_squares> all;
    for (int at = 0; at < graph.gf->n_nodes; ++at) {
        ggml_tensor * node = graph.gf->nodes[at];
        if (!llama_moe_has_importance(node)) {
            continue;
        }
        ggml_tensor * weight   = node->src[0];
        ggml_tensor * x        = node->src[1];
        ggml_tensor * selected = node->op == GGML_OP_MUL_MAT_ID ? node->src[2] : nullptr;
        const auto known = std::find_if(all.begin(), all.end(), [&](const llm_moe_squares & one) {
            return one.input == x && one.selected == selected && one.weight->ne[2] == weight->ne[2] && one.weight->ne[3] == weight->ne[3];
        });
        if (known != all.end()) {
            known->names.push_back(llama_moe_weight_name(weight));
            continue;
        }
        llm_moe_squares squares = { { llama_moe_weight_name(weight) }, weight, x, selected };
        ggml_tensor * sqr = ggml_sqr(ctx, ggml_is_contiguous(x) ? x : ggml_cont(ctx, x));
        if (selected) {
            squares.ids  = ggml_cont(ctx, selected);
            squares.sums = routed_sums(ctx, sqr, squares.ids, weight->ne[2]);
        } else {
            squares.sums = ggml_sum_rows(ctx, ggml_cont(ctx, ggml_transpose(ctx, sqr)));
        }
        at = llm_graph_insert(graph.gf, at, [&] {
            for (ggml_tensor * t : { squares.ids, squares.sums }) {
                if (t) {
                    ggml_set_output(t);
                    ggml_build_forward_expand(graph.gf, t);
                }
            }
        });
        all.push_back(std::move(squares));
    }
    return all;
}

uint32_t llm_moe_squares_max_nodes(uint32_t n_slices, uint32_t n_expert_used) {
    constexpr uint32_t dense_nodes  = 32*5; // of one layer, whatever its attention
    constexpr uint32_t routed_nodes = 8;    // of one of a slice's two inputs
    constexpr uint32_t rank_nodes   = 5;
    return dense_nodes + std::max(1u, n_slices)*(2*routed_nodes + rank_nodes*n_expert_used);
}

llama_moe_importance llm_moe_importance_of(const llm_moe_squares & squares, const std::vector<float> & sums, const std::vector<int32_t> & ids) {
    const ggml_tensor * weight = squares.weight;
    const ggml_tensor * x      = squares.input;
    const int64_t n_in  = x->ne[0];
    const int64_t n_mat = weight->ne[2]*weight->ne[3];
    if (squares.selected) {
        llama_moe_importance out = { squares.names, std::vector<double>(n_mat, 0.0), sums };
        for (const int32_t expert : ids) {
            out.counts.at(expert) += 1;
        }
        return out;
    }
    llama_moe_importance out = { squares.names, { (double) (ggml_nrows(x)/n_mat) }, std::vector<float>(n_in*n_mat, 0.0f) };
    for (int64_t i3 = 0; i3 < x->ne[3]; ++i3) {
        for (int64_t i2 = 0; i2 < x->ne[2]; ++i2) {
            const float * from = sums.data() + (i3*x->ne[2] + i2)*n_in;
            float *       to   = out.sums.data() + llama_moe_matrix_of(weight, i2, i3)*n_in;
            for (int64_t i = 0; i < n_in; ++i) {
                to[i] += from[i];
            }
        }
    }
    return out;
}
