#include "router-fit.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <thread>

namespace {

// number of products that make starting a thread worthwhile
constexpr int64_t MIN_THREAD_WORK = 1 << 18;

constexpr double BETA_1 = 0.9;
constexpr double BETA_2 = 0.999;
constexpr double TINY   = 1e-8;

void add_logits(const router_data & data, const router_params & params, int32_t token, std::vector<double> & logits) {
    const size_t  n_expert = logits.size();
    const float * input    = data.input.data() + (size_t) token*data.n_embd;
    for (int32_t d = 0; d < data.n_embd; ++d) {
        const double   x   = input[d];
        const double * row = params.rows.data() + d*n_expert;
        for (size_t e = 0; e < n_expert; ++e) {
            logits[e] += x*row[e];
        }
    }
}

routed route_token(const router_gate & gate, const router_data & data, const router_params & params, int32_t token) {
    std::vector<double> logits = gate.bias.empty() ? std::vector<double>((size_t) gate.n_expert, 0.0) : gate.bias;
    add_logits(data, params, token, logits);
    return route_logits(gate, logits, data.candidates.data() + (size_t) token*data.n_candidates, data.n_candidates);
}

// Weights multiplied by the experts' factors.
std::vector<double> scaled_weights(const routed & r, const int32_t * candidates, const router_params & params) {
    std::vector<double> weights = r.weights;
    for (size_t i = 0; i < weights.size() && !params.scales.empty(); ++i) {
        weights[i] *= params.scales[candidates[r.places[i]]];
    }
    return weights;
}

double token_loss(const router_gate & gate, const router_data & data, const router_params & params, int32_t token, double share, router_params * gradient) {
    const routed r = route_token(gate, data, params, token);
    const int32_t   m          = data.n_candidates;
    const int32_t * candidates = data.candidates.data() + (size_t) token*m;
    const float   * gram       = data.gram.data() + (size_t) token*m*m;
    const float   * dots       = data.dots.data() + (size_t) token*m;
    const auto    & places     = r.places;
    const auto      w          = scaled_weights(r, candidates, params);
    const size_t    n          = places.size();

    double error = data.square[token];
    std::vector<double> by_weight(n);
    for (size_t i = 0; i < n; ++i) {
        double both = 0;
        for (size_t j = 0; j < n; ++j) {
            both += w[j]*gram[places[i]*m + places[j]];
        }
        error       += w[i]*(both - 2*dots[places[i]]);
        by_weight[i] = 2*(both - dots[places[i]])*share/data.norm[token];
    }
    if (gradient) {
        std::vector<double> by_unscaled(n);
        for (size_t i = 0; i < n; ++i) {
            const int32_t e = candidates[places[i]];
            by_unscaled[i] = by_weight[i]*(params.scales.empty() ? 1.0 : params.scales[e]);
            if (!params.scales.empty()) {
                gradient->scales[e] += by_weight[i]*r.weights[i];
            }
        }
        double mean = 0; // mean of the slopes, weighted; used if the weights are divided by their sum
        for (size_t i = 0; r.divides && i < n; ++i) {
            mean += by_unscaled[i]*r.weights[i]/gate.scale;
        }
        const size_t n_expert = (size_t) gate.n_expert;
        std::vector<double> by_prob(n_expert, 0.0);
        for (size_t i = 0; i < n; ++i) {
            by_prob[candidates[places[i]]] = gate.scale/r.sum*(by_unscaled[i] - mean);
        }
        std::vector<double> by_logit(n_expert, 0.0);
        double expected = 0;
        if (gate.gating == router_gating::SOFTMAX) {
            for (size_t e = 0; e < n_expert; ++e) {
                expected += by_prob[e]*r.probs[e];
            }
        }
        for (size_t e = 0; e < n_expert; ++e) {
            switch (gate.gating) {
                case router_gating::SOFTMAX:        by_logit[e] = r.probs[e]*(by_prob[e] - expected); break;
                case router_gating::SOFTMAX_CHOSEN: by_logit[e] = r.probs[e]*by_prob[e];              break;
                case router_gating::SIGMOID:
                case router_gating::SQRT_SOFTPLUS:  by_logit[e] = r.slopes[e]*by_prob[e];             break;
            }
        }
        const float * input = data.input.data() + (size_t) token*data.n_embd;
        for (int32_t d = 0; d < data.n_embd; ++d) {
            const double x   = input[d];
            double     * row = gradient->rows.data() + (size_t) d*n_expert;
            for (size_t e = 0; e < n_expert; ++e) {
                row[e] += x*by_logit[e];
            }
        }
    }
    return error/data.norm[token]*share;
}

// One step of Adam.
struct adam {
    std::vector<double> mean, square;

    void step(std::vector<double> & values, const std::vector<double> & gradient, double rate, int64_t t) {
        mean  .resize(values.size(), 0.0);
        square.resize(values.size(), 0.0);
        const double by_1 = 1 - std::pow(BETA_1, (double) t);
        const double by_2 = 1 - std::pow(BETA_2, (double) t);
        for (size_t i = 0; i < values.size(); ++i) {
            mean[i]   = BETA_1*mean[i]   + (1 - BETA_1)*gradient[i];
            square[i] = BETA_2*square[i] + (1 - BETA_2)*gradient[i]*gradient[i];
            values[i] -= rate*(mean[i]/by_1)/(std::sqrt(square[i]/by_2) + TINY);
        }
    }
};

router_params zeros(const router_params & like) {
    return { std::vector<double>(like.rows.size(), 0.0), std::vector<double>(like.scales.size(), 0.0) };
}

void add(std::vector<double> & to, const std::vector<double> & from) {
    for (size_t i = 0; i < to.size(); ++i) {
        to[i] += from[i];
    }
}

} // namespace

router_choice route(const router_gate & gate, const router_data & data, const router_params & params, int32_t token) {
    routed r = route_token(gate, data, params, token);
    auto weights = scaled_weights(r, data.candidates.data() + (size_t) token*data.n_candidates, params);
    return { std::move(r.places), std::move(weights) };
}

double router_loss(const router_gate & gate, const router_data & data, const router_params & params, const std::vector<int32_t> & tokens, router_params * gradient, int32_t n_threads) {
    const int64_t n       = (int64_t) tokens.size();
    const int64_t n_parts = std::max<int64_t>(1, std::min<int64_t>({ n_threads, n, n*(int64_t) params.rows.size()/MIN_THREAD_WORK }));
    std::vector<double>        losses(n_parts, 0.0);
    std::vector<router_params> gradients;
    for (int64_t i = 1; gradient && i < n_parts; ++i) {
        gradients.push_back(zeros(params));
    }
    const auto work = [&](int64_t i) {
        router_params * own = !gradient ? nullptr : i == 0 ? gradient : &gradients[i - 1];
        for (int64_t t = n*i/n_parts; t < n*(i + 1)/n_parts; ++t) {
            losses[i] += token_loss(gate, data, params, tokens[t], 1.0/n, own);
        }
    };
    std::vector<std::thread> threads;
    for (int64_t i = 1; i < n_parts; ++i) {
        threads.emplace_back(work, i);
    }
    work(0);
    for (auto & thread : threads) {
        thread.join();
    }
    for (const auto & part : gradients) {
        add(gradient->rows,   part.rows);
        add(gradient->scales, part.scales);
    }
    return std::accumulate(losses.begin(), losses.end(), 0.0);
}

router_fit_result fit_router(const router_gate & gate, const router_data & data, const router_params & start,
        const std::vector<int32_t> & training, const std::vector<int32_t> & aside, const router_fit_options & options, const std::function<void()> & check) {
    constexpr double SCALES_RATE = 3;

    router_fit_result best;
    best.params = start;
    best.before = best.after = router_loss(gate, data, start, aside, nullptr, options.n_threads);

    router_params params = start;
    adam rows;
    adam scales;
    std::mt19937_64 random(options.seed);
    std::vector<int32_t> order = training;
    const int64_t n_batches = ((int64_t) training.size() + options.batch - 1)/options.batch;
    const int64_t n_steps   = n_batches*options.epochs;
    int64_t step = 0;
    for (int32_t epoch = 1; epoch <= options.epochs; ++epoch) {
        for (size_t i = order.size(); i > 1; --i) { // std::shuffle differs between libraries
            std::swap(order[i - 1], order[random() % i]);
        }
        for (int64_t b = 0; b < n_batches; ++b) {
            check();
            const size_t first = b*options.batch;
            const std::vector<int32_t> batch(order.begin() + first, order.begin() + std::min(order.size(), first + options.batch));
            router_params gradient = zeros(params);
            router_loss(gate, data, params, batch, &gradient, options.n_threads);
            const double rate = options.rate*0.5*(1 + std::cos(std::acos(-1.0)*(double) step/(double) n_steps));
            step++;
            rows  .step(params.rows,   gradient.rows,   rate,             step);
            scales.step(params.scales, gradient.scales, rate*SCALES_RATE, step);
        }
        const double after = router_loss(gate, data, params, aside, nullptr, options.n_threads);
        if (after < best.after) {
            best.params = params;
            best.after  = after;
            best.epoch  = epoch;
        }
    }
    return best;
}
