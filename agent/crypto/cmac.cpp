// SPDX-License-Identifier: Apache-2.0
#include "agent/crypto/cmac.hpp"

#include <string>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "agent/crypto/openssl_error.hpp"

namespace slewd::crypto {
namespace {

struct FreeMac {
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using Mac = std::unique_ptr<EVP_MAC, FreeMac>;
using Context = std::unique_ptr<EVP_MAC_CTX, FreeMac>;

const unsigned char* bytes_of(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

// A context with the key schedule done; each sum works on a copy.
struct Cmac::Keyed {
  Context context;
};

Cmac::Cmac(std::unique_ptr<const Keyed> keyed) : keyed_(std::move(keyed)) {}
Cmac::Cmac(Cmac&&) noexcept = default;
Cmac& Cmac::operator=(Cmac&&) noexcept = default;
Cmac::~Cmac() = default;

Result<Cmac> Cmac::create(std::span<const std::byte> key) {
  if (key.size() != 16 && key.size() != 32)
    return fail(ErrorCode::invalid,
                "an AES-CMAC key has 16 or 32 bytes, not " + std::to_string(key.size()));
  std::string cipher = key.size() == 16 ? "AES-128-CBC" : "AES-256-CBC";
  const Mac mac(EVP_MAC_fetch(nullptr, "CMAC", nullptr));
  if (mac == nullptr) return fail(openssl_error("EVP_MAC_fetch(CMAC)"));
  Context context(EVP_MAC_CTX_new(mac.get()));
  if (context == nullptr) return fail(openssl_error("EVP_MAC_CTX_new"));
  const std::array parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher.data(), 0),
      OSSL_PARAM_construct_end()};
  if (EVP_MAC_init(context.get(), bytes_of(key), key.size(), parameters.data()) != 1)
    return fail(openssl_error("EVP_MAC_init"));
  return Cmac(std::make_unique<const Keyed>(Keyed{std::move(context)}));
}

Result<Block> Cmac::sum(std::span<const std::byte> message) const {
  const Context context(EVP_MAC_CTX_dup(keyed_->context.get()));
  if (context == nullptr) return fail(openssl_error("EVP_MAC_CTX_dup"));
  if (EVP_MAC_update(context.get(), bytes_of(message), message.size()) != 1)
    return fail(openssl_error("EVP_MAC_update"));
  Block block{};
  std::size_t written = 0;
  if (EVP_MAC_final(context.get(), reinterpret_cast<unsigned char*>(block.data()), &written,
                    block.size()) != 1 ||
      written != block.size())
    return fail(openssl_error("EVP_MAC_final"));
  return block;
}

}  // namespace slewd::crypto
