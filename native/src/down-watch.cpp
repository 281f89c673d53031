#include "down-watch.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <future>
#include <stdexcept>

namespace {

// The largest part of the change that new matrices make to a block's output that a device may compute differently; and
// the largest part of the stream that it may round differently.
constexpr double MAX_CHANGE_ERROR = 0.1;
constexpr double MAX_ROUNDING     = 0.01;
constexpr int64_t MOST_EXPECTED   = 16;

std::vector<float> values_of(const ggml_tensor * t, const uint8_t * bytes, int64_t n) {
    std::vector<float> values(n);
    if (t->type == GGML_TYPE_F32) {
        memcpy(values.data(), bytes, n*sizeof(float));
    } else {
        ggml_get_type_traits(t->type)->to_float(bytes, values.data(), n);
    }
    return values;
}

} // namespace

down_watch::down_watch(llama_context * ctx, down_watch_options options_, std::function<void(int32_t n_blocks)> on_block, const task_control & control)
    : ctx(ctx), options(std::move(options_)), on_block(std::move(on_block)), control(control) {
    llama_moe_place_down(ctx);
}

bool down_watch::wants(ggml_tensor * t) {
    int32_t il = -1;
    if (is_block_tensor(t, "target", il)) {
        now     = {};
        squares = set_teacher(options.streams, il, t->src[0], options.n_tokens);
        return true;
    }
    llama_moe_refresh_copy(ctx, t);
    if (is_block_tensor(t, "again", il)) {
        go_on(t->src[1]);
        return true; // replaced by the next slice
    }
    for (const char * what : { "ids", "weights", "hidden", "rest", "stream" }) {
        if (is_block_tensor(t, what, il)) {
            return true;
        }
    }
    return false;
}

void down_watch::add(const ggml_tensor * t) {
    control.check();
    int32_t il = -1;
    if (is_block_tensor(t, "ids", il)) {
        append_first_values(now.experts, t, llama_moe_output_of(ctx, il).n_used);
    } else if (is_block_tensor(t, "weights", il)) {
        append_values(now.weights, t);
    } else if (is_block_tensor(t, "hidden", il)) {
        now.n_ff   = t->ne[0];
        now.n_used = t->ne[1];
        now.hidden.reserve(options.n_tokens*now.n_used*now.n_ff); // growing by doubling would take twice as much
        append_values(now.hidden, t);
    } else if (is_block_tensor(t, "rest", il)) {
        now.n_embd    = t->ne[0];
        now.n_tokens += t->ne[1];
        append_values(now.rest, t);
        if (now.n_tokens == options.n_tokens) {
            fit(il);
        }
    } else if (is_block_tensor(t, "stream", il)) {
        finish(il, t);
    }
}

std::vector<fitted_down> down_watch::take() {
    return std::move(done);
}

void down_watch::fit(int32_t il) {
    const ggml_tensor * scales = nullptr;
    const ggml_tensor * own = llama_moe_down_of(llama_get_model(ctx), il, &scales);
    now.n_expert = own->ne[2];
    const size_t n_pairs = (size_t) now.n_tokens*now.n_used;
    if (own->ne[0] != now.n_ff || own->ne[1] != now.n_embd || now.experts.size() != n_pairs || now.weights.size() != n_pairs || now.hidden.size() != n_pairs*now.n_ff) {
        throw std::runtime_error("block " + std::to_string(il) + ": its experts are not computed as their matrices are fitted");
    }
    const float factor = llama_moe_output_of(ctx, il).factor;
    const std::vector<float> by_expert = scales ? llama_moe_values(scales) : std::vector<float>(now.n_expert, 1.0f);
    for (size_t pair = 0; pair < n_pairs; ++pair) {
        now.weights[pair] *= factor*by_expert.at(now.experts[pair]);
    }

    fitted       = {};
    fitted.il    = il;
    fitted.path  = block_path(options.folder, "down", il);
    fitted.bytes = (int64_t) ggml_nbytes(own);
    std::vector<uint8_t> is_reached(now.n_expert, 0);
    for (size_t pair = 0; pair < n_pairs; ++pair) {
        is_reached[now.experts[pair]] = 1;
    }
    fitted.n_reached = (int32_t) std::count(is_reached.begin(), is_reached.end(), 1);
    fitted.before    = mean_error(now.rest);
    if (!std::isfinite(fitted.before)) {
        throw std::runtime_error("the model computes values that are not numbers: in block " + std::to_string(il));
    }

    std::vector<uint8_t> bytes(fitted.bytes);
    const block_file file = open_block_file(fitted.path);
    uint8_t beyond;
    const bool is_there = file && read_block_file(file.get(), bytes.data(), bytes.size()) && !read_block_file(file.get(), &beyond, 1);
    first_rest.assign(now.rest.begin(), now.rest.begin() + std::min(MOST_EXPECTED, now.n_tokens)*now.n_embd);
    if (!is_there) {
        fit_relative(own, bytes);
    }
    auto written = std::async(std::launch::async, [&] {
        if (!is_there) {
            write_block_file(fitted.path, [&](const auto & put) { put(bytes.data(), bytes.size()); });
        }
    });
    expect(own, bytes);
    llama_moe_set_down(ctx, il, bytes.data());
    n_gone_on = 0;
    written.get();
}

void down_watch::go_on(ggml_tensor * hidden) {
    const int64_t n = ggml_nelements(hidden);
    if (n_gone_on + n > (int64_t) now.hidden.size()) {
        throw std::runtime_error("the experts go on with more tokens than they were fitted to");
    }
    ggml_backend_tensor_set(hidden, now.hidden.data() + n_gone_on, 0, n*sizeof(float));
    n_gone_on += n;
}

void down_watch::fit_relative(const ggml_tensor * own, std::vector<uint8_t> & bytes) {
    const std::vector<float> weights = now.weights;
    for (int64_t t = 0; t < now.n_tokens; ++t) {
        const float scale = 1.0f/std::sqrt(squares[t]);
        for (int64_t i = t*now.n_used; i < (t + 1)*now.n_used; ++i) {
            now.weights[i] *= scale;
        }
        for (int64_t i = t*now.n_embd; i < (t + 1)*now.n_embd; ++i) {
            now.rest[i] *= scale;
        }
    }
    ggml_quantize_init(own->type);
    ggml_backend_tensor_get(own, bytes.data(), 0, bytes.size());
    const int64_t started = ggml_time_us();
    std::atomic<int64_t> quantising{0};
    fit_down(now, options.fit, [&] { control.check(); }, [&](int64_t e, const down_change & change) {
        const int64_t begun = ggml_time_us();
        quantise(own, change, bytes.data() + e*own->nb[2]);
        quantising += ggml_time_us() - begun;
    });
    fitted.seconds = (ggml_time_us() - started - (double) quantising/options.fit.n_threads)/1e6;
    now.weights = weights;
}

void down_watch::quantise(const ggml_tensor * own, const down_change & change, uint8_t * expert) const {
    auto values = values_of(own, expert, own->ne[0]*own->ne[1]);
    std::transform(values.begin(), values.end(), change.values.begin(), values.begin(), std::plus<>());
    if (own->type == GGML_TYPE_F32) {
        memcpy(expert, values.data(), own->nb[2]);
        return;
    }
    ggml_quantize_chunk(own->type, values.data(), expert, 0, own->ne[1], own->ne[0], change.importance.data());
    if (!ggml_validate_row_data(own->type, expert, own->nb[2])) {
        throw std::runtime_error(std::string("the fitted values of ") + own->name + " do not fit into the type " + ggml_type_name(own->type));
    }
}

void down_watch::expect(const ggml_tensor * own, const std::vector<uint8_t> & bytes) {
    const int64_t n = std::min(MOST_EXPECTED, now.n_tokens);
    expected.assign(first_rest.size(), 0.0f);
    const int64_t n_values = own->ne[0]*own->ne[1];
    std::vector<uint8_t> old(own->nb[2]);
    for (int64_t e = 0; e < now.n_expert; ++e) {
        std::vector<float> change;
        for (int64_t pair = 0; pair < n*now.n_used; ++pair) {
            if (now.experts[pair] != e) {
                continue;
            }
            if (change.empty()) {
                ggml_backend_tensor_get(own, old.data(), e*own->nb[2], old.size());
                const auto before = values_of(own, old.data(), n_values);
                change = values_of(own, bytes.data() + e*own->nb[2], n_values);
                std::transform(change.begin(), change.end(), before.begin(), change.begin(), std::minus<>());
            }
            const float * h  = now.hidden.data() + pair*now.n_ff;
            float *       to = expected.data() + pair/now.n_used*now.n_embd;
            for (int64_t d = 0; d < now.n_embd; ++d) {
                double sum = 0;
                for (int64_t i = 0; i < now.n_ff; ++i) {
                    sum += (double) change[d*now.n_ff + i]*h[i];
                }
                to[d] += (float) (now.weights[pair]*sum);
            }
        }
    }
}

double down_watch::mean_error(const std::vector<float> & rest) const {
    double sum = 0;
    for (int64_t t = 0; t < options.n_tokens; ++t) {
        double square = 0;
        for (int64_t d = 0; d < now.n_embd; ++d) {
            square += (double) rest[t*now.n_embd + d]*rest[t*now.n_embd + d];
        }
        sum += square/squares[t];
    }
    return sum/options.n_tokens;
}

void down_watch::finish(int32_t il, const ggml_tensor * stream) {
    if (fitted.il != il || now.n_tokens != options.n_tokens) {
        throw std::runtime_error("block " + std::to_string(il) + ": it was not fitted");
    }
    now.hidden = {};
    std::vector<float> rest;
    append_values(rest, stream);
    read_stream(options.streams, il, now.n_embd, now.n_tokens, [&](const float * rows, int64_t first, int64_t n) {
        float * to = rest.data() + first*now.n_embd;
        std::transform(rows, rows + n*now.n_embd, to, to, std::minus<>());
    });
    double error = 0;
    double total = 0;
    for (size_t i = 0; i < expected.size(); ++i) {
        const double found = (double) first_rest[i] - rest[i];
        error += (found - expected[i])*(found - expected[i]);
        total += (double) expected[i]*expected[i];
    }
    double stream_total = 0;
    for (int64_t t = 0; t < std::min(MOST_EXPECTED, now.n_tokens); ++t) {
        stream_total += squares[t];
    }
    if (std::sqrt(error) > MAX_CHANGE_ERROR*std::sqrt(total) + MAX_ROUNDING*std::sqrt(stream_total)) {
        throw std::runtime_error("block " + std::to_string(il) + ": its experts' outputs are not added as their matrices are fitted");
    }
    fitted.after = mean_error(rest);
    done.push_back(fitted);
    on_block((int32_t) done.size());
}
