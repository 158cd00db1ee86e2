#include "ledger/codes.h"

#include <gtest/gtest.h>

#include "ledger/amount.h"

namespace plenary {
namespace {

TEST(Countries, AreThe249AssignedCodes) {
  int count = 0;
  for (char a = 'A'; a <= 'Z'; ++a) {
    for (char b = 'A'; b <= 'Z'; ++b) count += IsCountry(std::string{a, b});
  }
  EXPECT_EQ(count, 249);
}

TEST(Countries, NeedNotBeMembersButMustExist) {
  for (const char* code : {"BR", "RU", "IN", "CN", "ZA", "ET", "ID", "TR", "GB"}) {
    EXPECT_TRUE(IsCountry(code)) << code;
  }
  for (const char* code : {"", "B", "UK", "EU", "XX", "br", "Br", "BRA", "B ", "R R", "Ä", "76"}) {
    EXPECT_FALSE(IsCountry(code)) << code;
  }
}

TEST(Languages, AreWellFormedTags) {
  for (const char* tag :
       {"en", "pt-BR", "zh-Hans-CN", "sr-Latn-RS", "nso", "de-1996", "sl-rozaj-biske", "es-419",
        "x-plenary", "zh-cmn-Hans", "en-a-bbb-x-a", "AR"}) {
    EXPECT_TRUE(IsLanguage(tag)) << tag;
  }
  for (const char* tag : {"", "e", "english-language-tag", "en_US", "en-", "-en", "12", "en--US",
                          "x", "en-x", "en-a", "zh-Hans-Hant", "русский", "en US"}) {
    EXPECT_FALSE(IsLanguage(tag)) << tag;
  }
}

TEST(Currencies, AreThreeCapitals) {
  EXPECT_TRUE(IsCurrency("BRL"));
  for (const char* code : {"", "BR", "brl", "BRL ", "R$", "BRLX"}) EXPECT_FALSE(IsCurrency(code));
}

TEST(Amounts, ReadAndWriteExactly) {
  for (const char* text :
       {"0", "7200000", "-3", "0.5", "-0.5", "12.000000001", "999999999999999999"}) {
    ASSERT_TRUE(Amount::Parse(text).has_value()) << text;
    EXPECT_EQ(Amount::Parse(text)->Text(), text);
  }
  EXPECT_EQ(Amount::Parse("1.50")->Text(), "1.5");
  for (const char* text : {"", "-", ".5", "5.", "01", "1e6", "1,000", "+1", " 1", "1 ", "0x10",
                           "1000000000000000000", "1.0000000001", "--1", "R$1"}) {
    EXPECT_FALSE(Amount::Parse(text).has_value()) << text;
  }
}

TEST(Amounts, AddWithoutRoundingOrOverflow) {
  const auto sum = [](const char* a, const char* b) {
    const auto total = Amount::Parse(a)->Plus(*Amount::Parse(b));
    return total.has_value() ? total->Text() : "none";
  };
  EXPECT_EQ(sum("0.1", "0.2"), "0.3");
  EXPECT_EQ(sum("0.999999999", "0.000000001"), "1");
  EXPECT_EQ(sum("1", "-0.5"), "0.5");
  EXPECT_EQ(sum("-1", "0.25"), "-0.75");
  EXPECT_EQ(sum("-0.5", "-0.5"), "-1");
  EXPECT_EQ(sum("999999999999999999", "1"), "none");
  EXPECT_EQ(sum("-999999999999999999", "-1"), "none");
}

TEST(Amounts, AreOrderedAsNumbers) {
  EXPECT_LT(*Amount::Parse("9"), *Amount::Parse("10"));
  EXPECT_LT(*Amount::Parse("-10"), *Amount::Parse("-9.5"));
  EXPECT_LT(*Amount::Parse("-0.5"), *Amount::Parse("0"));
}

}  // namespace
}  // namespace plenary
