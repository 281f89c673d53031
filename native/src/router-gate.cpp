#include "router-gate.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

namespace {

constexpr double MIN_WEIGHT_SUM = 6.103515625e-5; // llama.cpp's

// Limits: the share of tokens with other experts here than there, and the difference of the weights of all others.
constexpr double MAX_OTHER_EXPERTS = 0.1;
constexpr double MAX_WEIGHT_ERROR  = 0.05;

double sigmoid(double x) {
    return 1/(1 + std::exp(-x));
}

double softplus(double x) {
    return x > 30 ? x : std::log1p(std::exp(x));
}

// Restricts the selection to the best groups: those with the largest sums of their two best experts.
void choose_groups(const router_gate & gate, std::vector<double> & selection) {
    if (gate.n_groups <= 1) {
        return;
    }
    const size_t size = selection.size()/gate.n_groups;
    std::vector<std::pair<double, int32_t>> groups;
    for (int32_t g = 0; g < gate.n_groups; ++g) {
        std::vector<double> of_group(selection.begin() + g*size, selection.begin() + (g + 1)*size);
        std::partial_sort(of_group.begin(), of_group.begin() + std::min<size_t>(2, size), of_group.end(), std::greater<double>());
        const bool has_second = size > 1 && std::isfinite(of_group[1]);
        groups.emplace_back(-(of_group[0] + (has_second ? of_group[1] : 0)), g);
    }
    std::sort(groups.begin(), groups.end());
    for (size_t i = gate.n_groups_used; i < groups.size(); ++i) {
        std::fill_n(selection.begin() + groups[i].second*size, size, -std::numeric_limits<double>::infinity());
    }
}

} // namespace

routed route_logits(const router_gate & gate, const std::vector<double> & logits, const int32_t * candidates, int32_t n_candidates) {
    const size_t n_expert = (size_t) gate.n_expert;
    routed r;
    r.probs .assign(n_expert, 0.0);
    r.slopes.assign(n_expert, 0.0);
    const double most = *std::max_element(logits.begin(), logits.end());
    double total = 0;
    for (size_t e = 0; e < n_expert; ++e) {
        switch (gate.gating) {
            case router_gating::SOFTMAX:
            case router_gating::SOFTMAX_CHOSEN:
                r.probs[e] = std::exp(logits[e] - most);
                total += r.probs[e];
                break;
            case router_gating::SIGMOID:
                r.probs[e]  = sigmoid(logits[e]);
                r.slopes[e] = r.probs[e]*(1 - r.probs[e]);
                break;
            case router_gating::SQRT_SOFTPLUS:
                r.probs[e]  = std::sqrt(softplus(logits[e]));
                r.slopes[e] = sigmoid(logits[e])/(2*std::max(r.probs[e], 1e-12));
                break;
        }
    }
    if (gate.gating == router_gating::SOFTMAX) {
        for (double & p : r.probs) {
            p /= total;
        }
    }
    r.selection.resize(n_expert);
    for (size_t e = 0; e < n_expert; ++e) {
        const bool is_raw = gate.gating == router_gating::SOFTMAX_CHOSEN || !std::isfinite(logits[e]);
        r.selection[e] = (is_raw ? logits[e] : r.probs[e]) + (gate.selection_bias.empty() ? 0 : gate.selection_bias[e]);
    }
    std::vector<double> selection = r.selection;
    choose_groups(gate, selection);

    r.places.resize(n_candidates);
    std::iota(r.places.begin(), r.places.end(), 0);
    const int32_t n_used = std::min(gate.n_used, n_candidates);
    std::partial_sort(r.places.begin(), r.places.begin() + n_used, r.places.end(), [&](int32_t a, int32_t b) {
        return selection[candidates[a]] > selection[candidates[b]];
    });
    r.places.resize(n_used);

    double sum = 0;
    for (const int32_t place : r.places) {
        r.weights.push_back(r.probs[candidates[place]]);
        sum += r.weights.back();
    }
    const double least = gate.gating == router_gating::SOFTMAX_CHOSEN ? 0.0 : MIN_WEIGHT_SUM;
    const bool   sums  = gate.normalised || gate.gating == router_gating::SOFTMAX_CHOSEN;
    r.divides = sums && sum > least;
    r.sum     = sums ? std::max(sum, least) : 1.0;
    for (double & weight : r.weights) {
        weight *= gate.scale/r.sum;
    }
    return r;
}

void routing_difference::add(const std::map<int32_t, double> & here, const std::map<int32_t, double> & there) {
    n_compared++;
    bool   is_other = here.size() != there.size();
    double off      = 0;
    double sum      = 0;
    for (const auto & [expert, weight] : here) {
        const auto same = there.find(expert);
        is_other = is_other || same == there.end();
        if (is_other) {
            break;
        }
        off += std::fabs(same->second - weight);
        sum += std::fabs(weight);
    }
    n_others += is_other;
    error    += is_other ? 0 : off;
    total    += is_other ? 0 : sum;
}

bool routing_difference::is_other() const {
    return n_others > MAX_OTHER_EXPERTS*n_compared || error > MAX_WEIGHT_ERROR*total;
}
