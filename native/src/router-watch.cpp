#include "router-watch.h"

#include "ggml-backend.h"
#include "llama-model.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <stdexcept>

namespace {

// floats that are read from or written to a scratch file at once
constexpr size_t PIECE = 4 << 20;

// Of tokens whose experts are all among the candidates: how many go elsewhere here than there, and by how much weights differ.
constexpr double MAX_OTHER_EXPERTS = 0.1;
constexpr double MAX_WEIGHT_ERROR  = 0.05;

struct file_closer {
    void operator()(FILE * f) const { fclose(f); }
};
using file_ptr = std::unique_ptr<FILE, file_closer>;

file_ptr open_file(const std::string & path, const char * mode) {
    file_ptr file(ggml_fopen(path.c_str(), mode)); // UTF-8 on Windows too
    if (!file) {
        throw std::runtime_error("cannot open " + path);
    }
    return file;
}

template <typename T>
void write_values(FILE * file, const T * values, size_t n, const std::string & path) {
    if (fwrite(values, sizeof(T), n, file) != n) {
        throw std::runtime_error("cannot write " + path);
    }
}

template <typename T>
bool read_values(FILE * file, T * values, size_t n) {
    return fread(values, sizeof(T), n, file) == n;
}

void finish(file_ptr file, const std::string & part, const std::string & path) {
    if (fclose(file.release()) != 0) {
        throw std::runtime_error("cannot write " + path);
    }
    std::error_code failed;
    std::filesystem::rename(std::filesystem::u8path(part), std::filesystem::u8path(path), failed);
    if (failed) {
        throw std::runtime_error("cannot write " + path + ": " + failed.message());
    }
}

// "moe_WHAT-IL"
bool is(const ggml_tensor * t, const char * what, int32_t & il) {
    const size_t n = strlen(what);
    int end = 0; // views of it have its name and more
    return strncmp(t->name, "moe_", 4) == 0 && strncmp(t->name + 4, what, n) == 0 && t->name[4 + n] == '-' &&
        sscanf(t->name + 4 + n + 1, "%d%n", &il, &end) == 1 && t->name[4 + n + 1 + end] == '\0';
}

// The first n of each row.
void append_first(std::vector<int32_t> & to, const ggml_tensor * t, size_t n) {
    std::vector<int32_t> all(ggml_nelements(t));
    ggml_backend_tensor_get(t, all.data(), 0, ggml_nbytes(t));
    const size_t width = t->ne[0];
    for (size_t row = 0; row < all.size(); row += width) {
        to.insert(to.end(), all.begin() + row, all.begin() + row + std::min(n, width));
    }
}

template <typename T>
void append(std::vector<T> & to, const ggml_tensor * t) {
    const size_t n = to.size();
    to.resize(n + ggml_nelements(t));
    ggml_backend_tensor_get(t, to.data() + n, 0, ggml_nbytes(t));
}

router_gating gating_of(int32_t il, int32_t gating) {
    switch (gating) {
        case LLAMA_EXPERT_GATING_FUNC_TYPE_SOFTMAX:        return router_gating::SOFTMAX;
        case LLAMA_EXPERT_GATING_FUNC_TYPE_SIGMOID:        return router_gating::SIGMOID;
        case LLAMA_EXPERT_GATING_FUNC_TYPE_SOFTMAX_WEIGHT: return router_gating::SOFTMAX_CHOSEN;
        case LLAMA_EXPERT_GATING_FUNC_TYPE_SQRT_SOFTPLUS:  return router_gating::SQRT_SOFTPLUS;
        default: throw std::runtime_error("block " + std::to_string(il) + ": its gate is of no known kind");
    }
}

std::vector<double> of_kept(const ggml_tensor * t, const std::vector<int32_t> & experts) {
    std::vector<double> out;
    if (t) {
        const auto values = llama_moe_values(t);
        for (const int32_t e : experts) {
            out.push_back(values.at(e));
        }
    }
    return out;
}

} // namespace

router_watch::router_watch(llama_context * ctx, router_watch_options options_, const task_control & control) : ctx(ctx), options(std::move(options_)), control(control) {
    if (!options.fits) {
        return;
    }
    // the graph has to read routers that can be set while it is computed
    const llama_model * model = llama_get_model(ctx);
    for (int32_t il = 0; il < llama_model_n_layer(model); ++il) {
        if (model->layers[il].ffn_gate_inp) {
            llama_moe_set_router(ctx, il, llama_moe_router_rows(model, il), std::vector<float>(options.scales ? options.n_expert : 0, 1.0f));
        }
    }
}

bool router_watch::wants(ggml_tensor * t) {
    int32_t il = -1;
    if (is(t, "stream", il)) {
        return true;
    }
    if (!options.fits) {
        return false;
    }
    if (is(t, "target", il)) {
        set_teacher(il, t->src[0]);
        return true;
    }
    llama_moe_refresh_router(ctx, t);
    for (const char * what : { "square", "input", "experts", "gram", "dots", "ids", "weights" }) {
        if (is(t, what, il)) {
            return true;
        }
    }
    return false;
}

void router_watch::add(const ggml_tensor * t) {
    control.check();
    int32_t il = -1;
    if (is(t, "stream", il)) {
        if (options.fits) {
            require_same_routing(il);
        } else {
            write_stream(il, t);
        }
        options.on_block(++n_done);
    } else if (is(t, "square", il)) {
        append(now.data.square, t);
    } else if (is(t, "input", il)) {
        now = {}; // of each block's nodes it is computed first
        now.data.n_embd = (int32_t) t->ne[0];
        if (!ggml_is_contiguous(t)) {
            throw std::runtime_error("block " + std::to_string(il) + ": the router's input lies in pieces");
        }
        append(now.data.input, t);
    } else if (is(t, "experts", il)) {
        append_first(now.data.candidates, t, options.n_candidates);
    } else if (is(t, "gram", il)) {
        append(now.data.gram, t);
    } else if (is(t, "dots", il)) {
        append(now.data.dots, t);
    } else if (is(t, "ids", il)) {
        append_first(now.ids, t, now.gate.n_used);
    } else if (is(t, "weights", il)) {
        append(now.weights, t);
    }
    if (options.fits && is_whole()) {
        fit(il);
    }
}

bool router_watch::is_whole() const {
    const auto & data = now.data;
    const size_t n    = (size_t) options.n_tokens*options.n_candidates;
    return now.experts.empty() && n > 0 && data.dots.size() == n && data.candidates.size() == n && data.gram.size() == n*options.n_candidates &&
        data.square.size() == (size_t) options.n_tokens && !data.input.empty() && !data.norm.empty();
}

std::vector<fitted_router> router_watch::take() {
    return std::move(done);
}

std::string router_watch::path(const char * what, int32_t il) const {
    return options.folder + "/" + what + "-" + std::to_string(il);
}

void router_watch::write_stream(int32_t il, const ggml_tensor * t) const {
    if (t->ne[1] != options.n_tokens) {
        throw std::runtime_error("the model does not take all tokens at once");
    }
    const std::string to   = path("stream", il);
    const std::string part = to + ".part";
    file_ptr file = open_file(part, "wb");
    const size_t n = ggml_nelements(t);
    std::vector<float> piece;
    for (size_t first = 0; first < n; first += PIECE) {
        piece.resize(std::min(PIECE, n - first));
        ggml_backend_tensor_get(t, piece.data(), first*sizeof(float), piece.size()*sizeof(float));
        if (!std::all_of(piece.begin(), piece.end(), [](float x) { return std::isfinite(x); })) {
            throw std::runtime_error("the model computes values that are not numbers: behind block " + std::to_string(il));
        }
        write_values(file.get(), piece.data(), piece.size(), part);
    }
    finish(std::move(file), part, to);
}

void router_watch::set_teacher(int32_t il, ggml_tensor * teacher) {
    const int64_t n_embd = teacher->ne[0];
    if (teacher->ne[1] != options.n_tokens) {
        throw std::runtime_error("the model does not take all tokens at once");
    }
    now.data.n_tokens     = options.n_tokens;
    now.data.n_candidates = options.n_candidates;
    now.data.norm.assign(options.n_tokens, 0.0f);

    const std::string from = path("stream", il);
    file_ptr file = open_file(from, "rb");
    const int64_t n_rows = std::max<int64_t>(1, (int64_t) PIECE/n_embd);
    std::vector<float> piece;
    for (int64_t first = 0; first < options.n_tokens; first += n_rows) {
        const int64_t n = std::min(n_rows, options.n_tokens - first);
        piece.resize(n*n_embd);
        if (!read_values(file.get(), piece.data(), piece.size())) {
            throw std::runtime_error("cannot read " + from);
        }
        for (int64_t t = 0; t < n; ++t) {
            double sum = 0;
            for (int64_t d = 0; d < n_embd; ++d) {
                sum += (double) piece[t*n_embd + d]*piece[t*n_embd + d];
            }
            now.data.norm[first + t] = (float) std::max(sum, 1e-20);
        }
        ggml_backend_tensor_set(teacher, piece.data(), first*teacher->nb[1], piece.size()*sizeof(float));
    }
}

void router_watch::fit(int32_t il) {
    auto & data = now.data;
    const llama_moe_gate & gate = llama_moe_gate_of(ctx, il);
    std::vector<int32_t> place(options.n_expert, -1);
    for (int32_t e = 0; e < options.n_expert; ++e) {
        if (options.kept[(size_t) il*options.n_expert + e]) {
            place[e] = (int32_t) now.experts.size();
            now.experts.push_back(e);
        }
    }
    const size_t n_kept = now.experts.size();
    now.gate.n_expert       = (int32_t) n_kept;
    now.gate.gating         = gating_of(il, gate.gating);
    now.gate.normalised     = gate.normalised;
    now.gate.scale          = gate.scale == 0.0f ? 1.0 : gate.scale;
    now.gate.n_used         = gate.n_used;
    now.gate.n_groups       = options.ungrouped ? 1 : std::max(1, gate.n_groups);
    now.gate.n_groups_used  = gate.n_groups_used;
    now.gate.bias           = of_kept(gate.bias, now.experts);
    now.gate.selection_bias = of_kept(gate.selection_bias, now.experts);

    for (int32_t & e : data.candidates) {
        e = place.at(e);
        if (e < 0) {
            throw std::runtime_error("block " + std::to_string(il) + ": fewer experts can be chosen than are to be compared");
        }
    }
    const float factor = gate.factor;
    if (factor != 1.0f) {
        std::for_each(data.dots.begin(), data.dots.end(), [&](float & v) { v *= factor; });
        std::for_each(data.gram.begin(), data.gram.end(), [&](float & v) { v *= factor*factor; });
    }

    const auto own = llama_moe_router_rows(llama_get_model(ctx), il);
    now.params.rows.resize(data.n_embd*n_kept);
    for (size_t e = 0; e < n_kept; ++e) {
        for (int32_t d = 0; d < data.n_embd; ++d) {
            now.params.rows[d*n_kept + e] = own[(size_t) now.experts[e]*data.n_embd + d];
        }
    }
    now.params.scales.assign(options.scales ? n_kept : 0, 1.0);

    fitted_router fitted;
    fitted.il = il;
    if (!load(il, fitted, data.n_embd*n_kept)) {
        std::vector<uint8_t> is_aside(data.n_tokens, 0);
        for (const int32_t t : options.aside) {
            is_aside.at(t) = 1;
        }
        std::vector<int32_t> training;
        for (int32_t t = 0; t < data.n_tokens; ++t) {
            if (!is_aside[t]) {
                training.push_back(t);
            }
        }
        const auto best = fit_router(now.gate, data, now.params, training, options.aside, options.fit, [&] { control.check(); });
        if (!std::isfinite(best.after)) {
            throw std::runtime_error("the model computes values that are not numbers: in block " + std::to_string(il));
        }
        fitted.before = best.before;
        fitted.after  = best.after;
        fitted.epoch  = best.epoch;
        fitted.rows.resize(data.n_embd*n_kept);
        for (size_t e = 0; e < n_kept; ++e) {
            for (int32_t d = 0; d < data.n_embd; ++d) {
                fitted.rows[e*data.n_embd + d] = (float) best.params.rows[d*n_kept + e];
            }
        }
        fitted.scales.assign(best.params.scales.begin(), best.params.scales.end());
        save(fitted);
    }
    for (size_t e = 0; e < n_kept; ++e) { // as it is written, in single precision
        for (int32_t d = 0; d < data.n_embd; ++d) {
            now.params.rows[d*n_kept + e] = fitted.rows[e*data.n_embd + d];
        }
    }
    now.params.scales.assign(fitted.scales.begin(), fitted.scales.end());
    set_routers(ctx, { fitted }, options.kept, options.n_expert);
    done.push_back(std::move(fitted));
}

void router_watch::require_same_routing(int32_t il) const {
    const int32_t n_used = now.gate.n_used;
    if (now.ids.size() != (size_t) n_used*options.n_tokens || now.weights.size() != now.ids.size()) {
        throw std::runtime_error("block " + std::to_string(il) + ": it was not fitted");
    }
    int64_t n_compared = 0;
    int64_t n_others   = 0;
    double  error      = 0;
    double  total      = 0;
    for (int32_t t = 0; t < options.n_tokens; ++t) {
        const int32_t * candidates = now.data.candidates.data() + (size_t) t*now.data.n_candidates;
        const int32_t * end        = candidates + now.data.n_candidates;
        std::map<int32_t, double> there;
        for (int32_t i = 0; i < n_used; ++i) {
            const auto e = std::lower_bound(now.experts.begin(), now.experts.end(), now.ids[(size_t) t*n_used + i]);
            there[(int32_t) (e - now.experts.begin())] = now.weights[(size_t) t*n_used + i];
        }
        if (!std::all_of(there.begin(), there.end(), [&](const auto & one) { return std::find(candidates, end, one.first) != end; })) {
            continue;
        }
        n_compared++;
        const router_choice here = route(now.gate, now.data, now.params, t);
        bool   is_other = here.places.size() != there.size();
        double off      = 0;
        double sum      = 0;
        for (size_t i = 0; i < here.places.size() && !is_other; ++i) {
            const auto same = there.find(candidates[here.places[i]]);
            is_other = same == there.end();
            off += is_other ? 0 : std::fabs(same->second - here.weights[i]);
            sum += std::fabs(here.weights[i]);
        }
        n_others += is_other;
        error    += is_other ? 0 : off;
        total    += is_other ? 0 : sum;
    }
    if (n_others > MAX_OTHER_EXPERTS*n_compared || error > MAX_WEIGHT_ERROR*total) {
        throw std::runtime_error("block " + std::to_string(il) + ": its router weighs experts otherwise than it is fitted");
    }
}

void router_watch::save(const fitted_router & fitted) const {
    const std::string to   = path("router", fitted.il);
    const std::string part = to + ".part";
    file_ptr file = open_file(part, "wb");
    const double facts[] = { (double) fitted.rows.size(), (double) fitted.scales.size(), fitted.before, fitted.after, (double) fitted.epoch };
    write_values(file.get(), facts, 5, part);
    write_values(file.get(), fitted.rows.data(),   fitted.rows.size(),   part);
    write_values(file.get(), fitted.scales.data(), fitted.scales.size(), part);
    finish(std::move(file), part, to);
}

bool router_watch::load(int32_t il, fitted_router & fitted, size_t n_rows) const {
    file_ptr file(ggml_fopen(path("router", il).c_str(), "rb"));
    double facts[5];
    if (!file || !read_values(file.get(), facts, 5) || facts[0] != (double) n_rows || facts[1] != (double) now.params.scales.size()) {
        return false;
    }
    fitted.rows  .resize(n_rows);
    fitted.scales.resize(now.params.scales.size());
    fitted.before = facts[2];
    fitted.after  = facts[3];
    fitted.epoch  = (int32_t) facts[4];
    return read_values(file.get(), fitted.rows.data(), fitted.rows.size()) && read_values(file.get(), fitted.scales.data(), fitted.scales.size());
}

void set_routers(llama_context * ctx, const std::vector<fitted_router> & routers, const std::vector<uint8_t> & kept, int32_t n_expert) {
    for (const auto & router : routers) {
        auto rows = llama_moe_router_rows(llama_get_model(ctx), router.il);
        std::vector<float> scales(router.scales.empty() ? 0 : n_expert, 1.0f);
        const size_t n_embd = rows.size()/n_expert;
        size_t place = 0;
        for (int32_t e = 0; e < n_expert; ++e) {
            if (!kept.at((size_t) router.il*n_expert + e)) {
                continue;
            }
            if ((place + 1)*n_embd > router.rows.size() || (!scales.empty() && place >= router.scales.size())) {
                throw std::runtime_error("block " + std::to_string(router.il) + ": a router of other experts");
            }
            std::copy_n(router.rows.begin() + place*n_embd, n_embd, rows.begin() + e*n_embd);
            if (!scales.empty()) {
                scales[e] = router.scales[place];
            }
            place++;
        }
        llama_moe_set_router(ctx, router.il, rows, scales);
    }
}
