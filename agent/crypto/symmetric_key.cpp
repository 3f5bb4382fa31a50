// SPDX-License-Identifier: Apache-2.0
#include "agent/crypto/symmetric_key.hpp"

#include <memory>
#include <string>
#include <utility>

#include <openssl/evp.h>

#include "agent/crypto/openssl_error.hpp"

namespace slewd::crypto {
namespace {

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// H(key || packet), as RFC 5905 section 7.3 has it for MD5 and practice for SHA1.
Result<std::vector<std::byte>> keyed_hash(const EVP_MD* hash, std::size_t size,
                                          std::span<const std::byte> key,
                                          std::span<const std::byte> packet) {
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> context(EVP_MD_CTX_new());
  if (context == nullptr) return fail(openssl_error("EVP_MD_CTX_new"));
  if (EVP_DigestInit_ex(context.get(), hash, nullptr) != 1)
    return fail(openssl_error("EVP_DigestInit_ex"));
  std::vector<std::byte> digest(size);
  if (EVP_DigestUpdate(context.get(), key.data(), key.size()) != 1 ||
      EVP_DigestUpdate(context.get(), packet.data(), packet.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr) !=
          1)
    return fail(openssl_error("EVP_DigestUpdate"));
  return digest;
}

}  // namespace

std::string_view to_string(KeyType type) {
  constexpr std::array<std::string_view, kKeyTypes.size()> kNames{"AES128", "AES256", "SHA1",
                                                                  "MD5"};
  return kNames[static_cast<std::size_t>(type)];
}

bool is_weak(KeyType type) { return type == KeyType::sha1 || type == KeyType::md5; }

std::size_t digest_bytes(KeyType type) { return type == KeyType::sha1 ? 20 : 16; }

std::optional<std::size_t> exact_key_bytes(KeyType type) {
  if (type == KeyType::aes128) return 16;
  if (type == KeyType::aes256) return 32;
  return std::nullopt;
}

SymmetricKey::SymmetricKey(KeyType type, Secret secret, std::optional<Cmac> cmac)
    : type_(type), secret_(std::move(secret)), cmac_(std::move(cmac)) {}

Result<SymmetricKey> SymmetricKey::create(KeyType type, std::span<const std::byte> secret) {
  const std::optional<std::size_t> exact = exact_key_bytes(type);
  if (exact ? secret.size() != *exact : secret.empty())
    return fail(ErrorCode::invalid,
                std::string(to_string(type)) + " takes a key of " +
                    (exact ? std::to_string(*exact) + " bytes" : "at least one byte") + ", not " +
                    std::to_string(secret.size()));
  if (!exact) return SymmetricKey(type, Secret(secret), std::nullopt);
  Result<Cmac> cmac = Cmac::create(secret);
  if (!cmac) return fail(std::move(cmac.error()).within(std::string(to_string(type))));
  return SymmetricKey(type, Secret(), std::move(*cmac));
}

Result<std::vector<std::byte>> SymmetricKey::digest(std::span<const std::byte> packet) const {
  if (!cmac_)
    return keyed_hash(type_ == KeyType::sha1 ? EVP_sha1() : EVP_md5(), digest_bytes(type_),
                      secret_.bytes(), packet);
  const Result<Block> sum = cmac_->sum(packet);
  if (!sum) return fail(sum.error());
  return std::vector<std::byte>(sum->begin(), sum->end());
}

}  // namespace slewd::crypto
