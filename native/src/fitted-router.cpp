#include "fitted-router.h"

#include "llama-moe-fit.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

std::vector<fitted_router> fitted_routers_of(const Napi::Array & list) {
    const auto floats_of = [](const Napi::Value & value) {
        const auto array = value.As<Napi::Float32Array>();
        return std::vector<float>(array.Data(), array.Data() + array.ElementLength());
    };
    std::vector<fitted_router> routers;
    for (uint32_t i = 0; i < list.Length(); ++i) {
        const Napi::Object item = list.Get(i).As<Napi::Object>();
        fitted_router router;
        router.il   = item.Get("block").As<Napi::Number>().Int32Value();
        router.rows = floats_of(item.Get("rows"));
        if (item.Get("scales").IsTypedArray()) {
            router.scales = floats_of(item.Get("scales"));
        }
        routers.push_back(std::move(router));
    }
    return routers;
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
