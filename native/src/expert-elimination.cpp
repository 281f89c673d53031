#include "expert-elimination.h"

#include "in-threads.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <stdexcept>

namespace {

// number of tokens that make starting a thread worthwhile
constexpr int64_t MIN_THREAD_TOKENS = 32;

class eliminator {
public:
    eliminator(const router_gate & gate, const elimination_data & data, int32_t n_threads)
        : gate(gate), data(data), n_threads(n_threads), costs(data.n_tokens), whole(data.n_tokens) {
        for (int32_t e = 0; e < data.n_expert; ++e) {
            kept.push_back(e);
        }
        for (int32_t t = 0; t < data.n_tokens; ++t) {
            whole[t] = route_kept(logits_of(t), kept);
        }
    }

    elimination run(const std::function<void()> & check) {
        elimination found;
        while (kept.size() > 1) {
            check();
            measure();
            if (kept.size() < (size_t) data.n_expert) {
                found.errors.push_back(mean_error());
            }
            const int32_t gone = cheapest();
            kept.erase(std::find(kept.begin(), kept.end(), gone));
            found.order.push_back(gone);
            for (token_costs & cost : costs) {
                cost.is_old |= depends_on_all() || gate.n_groups > 1 || std::binary_search(cost.reached.begin(), cost.reached.end(), gone);
            }
        }
        measure();
        found.errors.push_back(mean_error());
        found.order.push_back(kept.front());
        return found;
    }

private:
    struct choice {
        std::vector<int32_t> experts;
        std::vector<double>  weights;
        std::vector<int32_t> leading; // the two best experts of each group, if there are groups
    };

    struct token_costs {
        bool   is_old = true;
        double error  = 0;                                 // with the kept experts, divided by the token's norm
        std::vector<std::pair<int32_t, double>> rises; // rises of the error without each expert that makes a difference
        std::vector<int32_t> reached;                      // experts without which any of this would change, ascending
    };

    // Whether the weights of the chosen experts, or which ones are chosen, depend on all others.
    bool depends_on_all() const {
        return gate.gating == router_gating::SOFTMAX && (!gate.normalised || !gate.selection_bias.empty());
    }

    std::vector<double> logits_of(int32_t t) const {
        std::vector<double> logits(data.n_expert, -std::numeric_limits<double>::infinity());
        for (const int32_t e : kept) {
            logits[e] = data.logits[(size_t) t*data.n_expert + e];
        }
        return logits;
    }

    choice route_kept(const std::vector<double> & logits, const std::vector<int32_t> & experts) const {
        const routed r = route_logits(gate, logits, experts.data(), (int32_t) experts.size());
        choice c;
        for (const int32_t place : r.places) {
            c.experts.push_back(experts[place]);
        }
        c.weights = r.weights;
        const size_t size = data.n_expert/std::max(1, gate.n_groups);
        for (int32_t g = 0; gate.n_groups > 1 && g < gate.n_groups; ++g) {
            std::vector<int32_t> of_group;
            std::copy_if(experts.begin(), experts.end(), std::back_inserter(of_group), [&](int32_t e) { return e/size == (size_t) g; });
            const size_t n = std::min<size_t>(2, of_group.size());
            std::partial_sort(of_group.begin(), of_group.begin() + n, of_group.end(), [&](int32_t a, int32_t b) { return r.selection[a] > r.selection[b]; });
            c.leading.insert(c.leading.end(), of_group.begin(), of_group.begin() + n);
        }
        return c;
    }

    // |sum_i (g_i - g'_i) E_i|^2, divided by the token's norm
    double error_of(int32_t t, const choice & left) const {
        const float * gram = data.gram.data() + (size_t) t*data.n_expert*data.n_expert;
        std::vector<std::pair<int32_t, double>> changes;
        const auto add = [&](const choice & c, double sign) {
            for (size_t i = 0; i < c.experts.size(); ++i) {
                const auto same = std::find_if(changes.begin(), changes.end(), [&](const auto & one) { return one.first == c.experts[i]; });
                if (same == changes.end()) {
                    changes.emplace_back(c.experts[i], sign*c.weights[i]);
                } else {
                    same->second += sign*c.weights[i];
                }
            }
        };
        add(whole[t], 1);
        add(left, -1);
        double error = 0;
        for (const auto & [i, by] : changes) {
            for (const auto & [j, with] : changes) {
                error += by*with*gram[(size_t) i*data.n_expert + j];
            }
        }
        return error/data.norm[t];
    }

    void measure_token(int32_t t) {
        token_costs & cost = costs[t];
        auto logits = logits_of(t);
        const choice now = route_kept(logits, kept);
        cost.error  = error_of(t, now);
        cost.is_old = false;
        cost.rises.clear();
        cost.reached.clear();
        if (!std::isfinite(cost.error)) {
            throw std::runtime_error("the model computes values that are not numbers: products of experts' outputs");
        }
        if (kept.size() == 1) {
            return;
        }
        std::vector<int32_t> tried = now.experts;
        tried.insert(tried.end(), now.leading.begin(), now.leading.end());
        if (depends_on_all()) {
            tried = kept;
        }
        std::sort(tried.begin(), tried.end());
        tried.erase(std::unique(tried.begin(), tried.end()), tried.end());
        cost.reached = tried;
        for (const int32_t e : tried) {
            std::vector<int32_t> others;
            std::copy_if(kept.begin(), kept.end(), std::back_inserter(others), [&](int32_t other) { return other != e; });
            const double own = logits[e];
            logits[e] = -std::numeric_limits<double>::infinity();
            const choice left = route_kept(logits, others);
            logits[e] = own;
            cost.rises.emplace_back(e, error_of(t, left) - cost.error);
            cost.reached.insert(cost.reached.end(), left.experts.begin(), left.experts.end());
        }
        std::sort(cost.reached.begin(), cost.reached.end());
        cost.reached.erase(std::unique(cost.reached.begin(), cost.reached.end()), cost.reached.end());
    }

    void measure() {
        std::vector<int32_t> old;
        for (int32_t t = 0; t < data.n_tokens; ++t) {
            if (costs[t].is_old) {
                old.push_back(t);
            }
        }
        const int64_t n       = (int64_t) old.size();
        const int64_t n_parts = std::max<int64_t>(1, std::min<int64_t>(n_threads, n/MIN_THREAD_TOKENS));
        in_threads(n, (int32_t) n_parts, [&](int64_t i) { measure_token(old[i]); });
    }

    double mean_error() const {
        double sum = 0;
        for (const token_costs & cost : costs) {
            sum += cost.error;
        }
        return sum/std::max(1, data.n_tokens);
    }

    int32_t cheapest() const {
        std::vector<double> rises(data.n_expert, 0.0);
        for (const token_costs & cost : costs) {
            for (const auto & [expert, rise] : cost.rises) {
                rises[expert] += rise;
            }
        }
        const int32_t size = data.n_expert/std::max(1, gate.n_groups);
        std::vector<int32_t> left(std::max(1, gate.n_groups), 0);
        for (const int32_t e : kept) {
            left[e/size]++;
        }
        const int32_t most = *std::max_element(left.begin(), left.end());
        int32_t best = -1;
        for (const int32_t e : kept) {
            if (left[e/size] == most && (best < 0 || rises[e] <= rises[best])) {
                best = e;
            }
        }
        return best;
    }

    const router_gate        & gate;
    const elimination_data   & data;
    const int32_t              n_threads;
    std::vector<int32_t>       kept;  // ascending
    std::vector<token_costs>   costs; // by token
    std::vector<choice>        whole; // of all experts, by token
};

} // namespace

elimination eliminate_experts(const router_gate & gate, const elimination_data & data, int32_t n_threads, const std::function<void()> & check) {
    return eliminator(gate, data, n_threads).run(check);
}
