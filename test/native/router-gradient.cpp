// The gradient that routers are fitted by against central differences of the error itself, computed from the experts' outputs one by
// one, and the fit on a problem whose answer is known. Prints the largest relative difference of each kind of gate as JSON.
#include "router-fit.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

namespace {

constexpr int32_t N_TOKENS = 12;
constexpr int32_t N_EMBD   = 5;
constexpr int32_t N_EXPERT = 6;
constexpr int32_t WIDTH    = 7;    // of the experts' outputs
constexpr double  STEP     = 1e-6; // of the differences

struct problem {
    router_gate   gate;
    router_data   data;
    router_params params;
    std::vector<std::vector<std::vector<double>>> experts; // [token][candidate][width]
    std::vector<std::vector<double>>              wanted;  // [token][width]
};

double dot(const std::vector<double> & a, const std::vector<double> & b) {
    double sum = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        sum += a[i]*b[i];
    }
    return sum;
}

problem make(router_gate gate, int32_t n_candidates, bool scales, std::mt19937 & random) {
    std::normal_distribution<double> normal;
    const auto draw = [&] { return (double) (float) normal(random); };
    problem p;
    gate.n_expert = N_EXPERT;
    p.gate = gate;
    p.data.n_tokens     = N_TOKENS;
    p.data.n_embd       = N_EMBD;
    p.data.n_candidates = n_candidates;
    for (int32_t i = 0; i < N_EMBD*N_EXPERT; ++i) {
        p.params.rows.push_back(draw());
    }
    for (int32_t e = 0; scales && e < N_EXPERT; ++e) {
        p.params.scales.push_back(1 + 0.2*draw());
    }
    for (int32_t t = 0; t < N_TOKENS; ++t) {
        std::vector<int32_t> order(N_EXPERT);
        for (int32_t e = 0; e < N_EXPERT; ++e) {
            order[e] = e;
        }
        std::shuffle(order.begin(), order.end(), random);
        for (int32_t d = 0; d < N_EMBD; ++d) {
            p.data.input.push_back((float) draw());
        }
        std::vector<std::vector<double>> outputs(n_candidates, std::vector<double>(WIDTH));
        std::vector<double> wanted(WIDTH);
        for (auto & output : outputs) {
            std::generate(output.begin(), output.end(), draw);
        }
        std::generate(wanted.begin(), wanted.end(), draw);
        for (int32_t i = 0; i < n_candidates; ++i) {
            p.data.candidates.push_back(order[i]);
            p.data.dots.push_back((float) dot(outputs[i], wanted));
            for (int32_t j = 0; j < n_candidates; ++j) {
                p.data.gram.push_back((float) dot(outputs[i], outputs[j]));
            }
        }
        p.data.square.push_back((float) dot(wanted, wanted));
        p.data.norm.push_back(1.5f + t);
        p.experts.push_back(outputs);
        p.wanted.push_back(wanted);
    }
    return p;
}

// Mean of |T - sum g E|^2 over what a token is divided by, from the outputs themselves.
double error_of(const problem & p, const router_params & params) {
    double sum = 0;
    for (int32_t t = 0; t < N_TOKENS; ++t) {
        const router_choice choice = route(p.gate, p.data, params, t);
        std::vector<double> rest = p.wanted[t];
        for (size_t i = 0; i < choice.places.size(); ++i) {
            for (int32_t w = 0; w < WIDTH; ++w) {
                rest[w] -= choice.weights[i]*p.experts[t][choice.places[i]][w];
            }
        }
        sum += dot(rest, rest)/p.data.norm[t];
    }
    return sum/N_TOKENS;
}

double largest_difference(const problem & p) {
    std::vector<int32_t> all(N_TOKENS);
    for (int32_t t = 0; t < N_TOKENS; ++t) {
        all[t] = t;
    }
    router_params gradient = { std::vector<double>(p.params.rows.size()), std::vector<double>(p.params.scales.size()) };
    const double loss = router_loss(p.gate, p.data, p.params, all, &gradient, 1);
    double worst = std::fabs(loss/error_of(p, p.params) - 1);
    double size = 0;
    for (const double g : gradient.rows) {
        size = std::max(size, std::fabs(g));
    }
    const auto compare = [&](std::vector<double> router_params::*part) {
        for (size_t i = 0; i < (p.params.*part).size(); ++i) {
            router_params up = p.params, down = p.params;
            (up.*part)[i]   += STEP;
            (down.*part)[i] -= STEP;
            const double slope = (error_of(p, up) - error_of(p, down))/(2*STEP);
            worst = std::max(worst, std::fabs(slope - (gradient.*part)[i])/size);
        }
    };
    compare(&router_params::rows);
    compare(&router_params::scales);
    return worst;
}

// A router from which the weights of the wanted output come is found again, as far as the error tells.
double left_of_error(std::mt19937 & random) {
    router_gate gate;
    gate.normalised = true;
    gate.n_used     = 2;
    problem p = make(gate, N_EXPERT, false, random);
    const router_params truth = p.params;
    std::vector<int32_t> all;
    for (int32_t t = 0; t < N_TOKENS; ++t) {
        all.push_back(t);
        const router_choice choice = route(p.gate, p.data, truth, t);
        std::fill(p.wanted[t].begin(), p.wanted[t].end(), 0.0);
        for (size_t i = 0; i < choice.places.size(); ++i) {
            for (int32_t w = 0; w < WIDTH; ++w) {
                p.wanted[t][w] += choice.weights[i]*p.experts[t][choice.places[i]][w];
            }
        }
        for (int32_t i = 0; i < N_EXPERT; ++i) {
            p.data.dots[t*N_EXPERT + i] = (float) dot(p.experts[t][i], p.wanted[t]);
        }
        p.data.square[t] = (float) dot(p.wanted[t], p.wanted[t]);
    }
    router_params start = truth;
    std::normal_distribution<double> normal;
    for (double & row : start.rows) {
        row += 0.1*normal(random);
    }
    router_fit_options options;
    options.epochs = 400;
    options.batch  = 4;
    options.rate   = 1e-2;
    const auto fitted = fit_router(p.gate, p.data, start, all, all, options, [] {});
    return fitted.after/fitted.before;
}

} // namespace

int main() {
    const struct {
        const char *  name;
        router_gating gating;
        bool          normalised;
        double        scale;
        bool          bias;
        int32_t       n_groups;
    } cases[] = {
        { "softmax",                     router_gating::SOFTMAX,        false, 1.0, false, 1 },
        { "softmax, normalised",         router_gating::SOFTMAX,        true,  1.0, false, 1 },
        { "softmax, scaled",             router_gating::SOFTMAX,        true,  2.5, false, 1 },
        { "softmax of the chosen",       router_gating::SOFTMAX_CHOSEN, false, 1.0, true,  1 },
        { "sigmoid",                     router_gating::SIGMOID,        false, 1.0, false, 1 },
        { "sigmoid, normalised, biased", router_gating::SIGMOID,        true,  2.5, true,  1 },
        { "sigmoid, in groups",          router_gating::SIGMOID,        true,  1.0, true,  3 },
        { "square root of softplus",     router_gating::SQRT_SOFTPLUS,  true,  1.5, true,  1 },
    };
    std::mt19937 random(7);
    printf("{");
    for (const auto & one : cases) {
        for (const bool scales : { false, true }) {
            router_gate gate;
            gate.gating        = one.gating;
            gate.normalised    = one.normalised;
            gate.scale         = one.scale;
            gate.n_used        = 2;
            gate.n_groups      = one.n_groups;
            gate.n_groups_used = one.n_groups > 1 ? 2 : 1;
            for (int32_t e = 0; one.bias && e < N_EXPERT; ++e) {
                gate.bias          .push_back(0.1*e);
                gate.selection_bias.push_back(0.05*(N_EXPERT - e));
            }
            printf("\"%s%s\": %.3g, ", one.name, scales ? ", with factors" : "", largest_difference(make(gate, one.n_groups > 1 ? N_EXPERT : 4, scales, random)));
        }
    }
    printf("\"left of the error\": %.3g}\n", left_of_error(random));
    return 0;
}
