#include "ledger/filter.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "ledger/amount.h"
#include "ledger/dates.h"
#include "ledger/near_name.h"
#include "ledger/status.h"
#include "ledger/utf8.h"

namespace plenary {
namespace {

using Operator = Filter::Operator;

absl::Status BadFilter(size_t column, absl::string_view what) {
  const std::string number = absl::StrCat(column);
  return MakeError(Reason::BAD_FILTER, absl::StrCat("filter, column ", number, ": ", what),
                   {{"column", number}});
}

struct Token {
  enum class Kind { kWord, kQuoted, kOperator, kOpen, kClose, kEnd };
  Kind kind = Kind::kEnd;
  std::string text;  // a quoted value without its marks and escapes
  size_t column = 1;
};

bool IsWordChar(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::string_view("_-.+/").find(c) != absl::string_view::npos;
}

// Cuts the text of a filter into tokens.
class Lexer {
 public:
  explicit Lexer(absl::string_view text) : rest_(text) {}

  // `in_value`: a bare word may hold ':' and '*', as times and `field:*` do.
  absl::StatusOr<Token> Next(bool in_value) {
    while (!rest_.empty() && absl::ascii_isspace(static_cast<unsigned char>(rest_.front()))) {
      Advance(1);
    }
    Token token;
    token.column = column_;
    if (rest_.empty()) return token;
    const char c = rest_.front();
    if (c == '"' || c == '\'') return Quoted(token, c);
    if (c == '(' || c == ')') {
      token.kind = c == '(' ? Token::Kind::kOpen : Token::Kind::kClose;
      return Take(token, 1);
    }
    size_t length = 0;
    while (length < rest_.size() &&
           (IsWordChar(rest_[length]) ||
            (in_value && (rest_[length] == ':' || rest_[length] == '*')))) {
      ++length;
    }
    if (length > 0) {
      token.kind = Token::Kind::kWord;
      return Take(token, length);
    }
    token.kind = Token::Kind::kOperator;
    if (c == '=' || c == ':') return Take(token, 1);
    const bool or_equal = rest_.size() > 1 && rest_[1] == '=';
    if (c == '<' || c == '>') return Take(token, or_equal ? 2 : 1);
    if (c == '!' && or_equal) return Take(token, 2);
    return BadFilter(column_, absl::StrCat("expected a field, a value or an operator, got ",
                                           ShownValue(rest_.substr(0, CharBytes()))));
  }

 private:
  size_t CharBytes() const {
    absl::string_view rest = rest_;
    return ConsumeCodePoint(rest) < 0 ? 1 : rest_.size() - rest.size();
  }

  void Advance(size_t bytes) {
    rest_.remove_prefix(bytes);
    ++column_;
  }

  Token Take(Token& token, size_t length) {
    token.text = std::string(rest_.substr(0, length));
    for (size_t i = 0; i < length; ++i) Advance(1);
    return token;
  }

  absl::StatusOr<Token> Quoted(Token& token, char mark) {
    token.kind = Token::Kind::kQuoted;
    Advance(1);
    while (!rest_.empty() && rest_.front() != mark) {
      if (rest_.front() == '\\') Advance(1);
      if (rest_.empty()) break;
      const size_t bytes = CharBytes();
      absl::StrAppend(&token.text, rest_.substr(0, bytes));
      Advance(bytes);
    }
    if (rest_.empty()) {
      return BadFilter(token.column, "expected the value's closing quotation mark");
    }
    Advance(1);
    return token;
  }

  absl::string_view rest_;
  size_t column_ = 1;  // of the next character
};

struct OperatorRow {
  absl::string_view text;
  Operator op;
};
constexpr OperatorRow kOperators[] = {
    {"=", Operator::kEqual},        {"!=", Operator::kNotEqual}, {"<", Operator::kLess},
    {"<=", Operator::kLessOrEqual}, {">", Operator::kGreater},   {">=", Operator::kGreaterOrEqual},
    {":", Operator::kEqual},
};

// By three-way order: what `a` is to `b`.
bool OrderHolds(Operator op, int order) {
  switch (op) {
    case Operator::kEqual:
      return order == 0;
    case Operator::kLess:
      return order < 0;
    case Operator::kLessOrEqual:
      return order <= 0;
    case Operator::kGreater:
      return order > 0;
    case Operator::kGreaterOrEqual:
      return order >= 0;
    default:
      return false;
  }
}

template <typename T>
int Order(const T& a, const T& b) {
  if (a < b) return -1;
  return b < a ? 1 : 0;
}

bool DateHolds(Operator op, const DateSpan& date, const DateSpan& bound) {
  switch (op) {
    case Operator::kEqual:
      return MayEqual(date, bound);
    case Operator::kLess:
      return MayBeBefore(date, bound);
    case Operator::kLessOrEqual:
      return MayBeBefore(date, bound) || MayEqual(date, bound);
    case Operator::kGreater:
      return MayBeAfter(date, bound);
    case Operator::kGreaterOrEqual:
      return MayBeAfter(date, bound) || MayEqual(date, bound);
    default:
      return false;
  }
}

// Does one value satisfy a comparison other than != and presence? A value that is not of its kind,
// as another member may have written it, satisfies none.
bool ValueHolds(FieldKind kind, Operator op, const std::string& text, const std::string& value) {
  switch (kind) {
    case FieldKind::kDate: {
      const auto date = ParseDate(text);
      return date.has_value() && DateHolds(op, *date, *ParseDate(value));
    }
    case FieldKind::kNumber:
    case FieldKind::kAmount: {
      const auto amount = Amount::Parse(text);
      return amount.has_value() && OrderHolds(op, Order(*amount, *Amount::Parse(value)));
    }
    default:
      return OrderHolds(op, Order(text, value));
  }
}

}  // namespace

// Reads one filter by recursive descent; lives within one call. One thread at a time.
class FilterParser {
 public:
  FilterParser(absl::string_view text, absl::string_view collection)
      : lexer_(text), collection_(collection) {}

  absl::StatusOr<Filter::Node> Whole() {
    RETURN_IF_ERROR(Step());
    if (token_.kind == Token::Kind::kEnd) return Filter::Node();
    ASSIGN_OR_RETURN(Filter::Node node, Expression(1));
    if (token_.kind != Token::Kind::kEnd) return Unexpected("AND, OR or the end");
    return node;
  }

 private:
  using Node = Filter::Node;

  absl::Status Step(bool in_value = false) {
    ASSIGN_OR_RETURN(token_, lexer_.Next(in_value));
    return absl::OkStatus();
  }

  bool AtWord(absl::string_view word) const {
    return token_.kind == Token::Kind::kWord && token_.text == word;
  }

  bool IsKeyword() const { return AtWord("AND") || AtWord("OR") || AtWord("NOT"); }

  absl::Status Unexpected(absl::string_view expected) const {
    const std::string got = token_.kind == Token::Kind::kEnd ? "the end" : ShownValue(token_.text);
    return BadFilter(token_.column, absl::StrCat("expected ", expected, ", got ", got));
  }

  // Operands of `kind` with `joiner` between them.
  template <typename Operand>
  absl::StatusOr<Node> Joined(Node::Kind kind, absl::string_view joiner, const Operand& operand) {
    Node node;
    node.kind = kind;
    while (true) {
      ASSIGN_OR_RETURN(Node child, operand());
      node.children.push_back(std::move(child));
      if (!AtWord(joiner)) break;
      RETURN_IF_ERROR(Step());
    }
    if (node.children.size() > 1) return node;
    Node only = std::move(node.children.front());
    return only;
  }

  absl::StatusOr<Node> Expression(int depth) {
    return Joined(Node::Kind::kAll, "AND", [this, depth] {
      return Joined(Node::Kind::kAny, "OR", [this, depth] { return Term(depth); });
    });
  }

  absl::StatusOr<Node> Term(int depth) {
    if (depth > kFilterDepth) {
      return BadFilter(token_.column,
                       absl::StrCat("expected at most ", kFilterDepth, " levels of brackets"));
    }
    if (AtWord("NOT")) {
      RETURN_IF_ERROR(Step());
      ASSIGN_OR_RETURN(Node inner, Term(depth + 1));
      Node node;
      node.kind = Node::Kind::kNot;
      node.children.push_back(std::move(inner));
      return node;
    }
    if (token_.kind == Token::Kind::kOpen) {
      RETURN_IF_ERROR(Step());
      ASSIGN_OR_RETURN(Node inner, Expression(depth + 1));
      if (token_.kind != Token::Kind::kClose) return Unexpected("AND, OR or )");
      RETURN_IF_ERROR(Step());
      return inner;
    }
    return Comparison();
  }

  absl::StatusOr<Node> Comparison() {
    if (token_.kind != Token::Kind::kWord || IsKeyword()) return Unexpected("a field");
    Node node;
    node.kind = Node::Kind::kComparison;
    auto path = FieldPath::Parse(token_.text, collection_);
    if (!path.ok()) {
      return BadFilter(token_.column, std::string(path.status().message()));
    }
    node.path = *std::move(path);
    RETURN_IF_ERROR(Step());
    const auto* row = std::find_if(std::begin(kOperators), std::end(kOperators),
                                   [this](const OperatorRow& r) { return r.text == token_.text; });
    if (token_.kind != Token::Kind::kOperator || row == std::end(kOperators)) {
      return Unexpected("=, !=, <, <=, >, >= or :");
    }
    node.op = row->op;
    const bool has = row->text == ":";
    RETURN_IF_ERROR(Step(/*in_value=*/true));
    RETURN_IF_ERROR(Value(has, node));
    RETURN_IF_ERROR(Step());
    return node;
  }

  absl::Status Value(bool has, Node& node) {
    if (has && AtWord("*")) {
      node.op = Operator::kPresent;
      return absl::OkStatus();
    }
    const bool is_bare = token_.kind == Token::Kind::kWord && !IsKeyword();
    if (!is_bare && token_.kind != Token::Kind::kQuoted) return Unexpected("a value");
    bool good = true;
    absl::string_view expected;
    switch (node.path.kind()) {
      case FieldKind::kDate:
        good = ParseDate(token_.text).has_value();
        expected = kDateForms;
        break;
      case FieldKind::kNumber:
      case FieldKind::kAmount:
        good = Amount::Parse(token_.text).has_value();
        expected = "a number";
        break;
      case FieldKind::kBytes:
      case FieldKind::kMessage:
        good = false;
        expected = ":* (the field is no single value)";
        break;
      case FieldKind::kText:
        break;
    }
    if (!good) return Unexpected(expected);
    node.value = token_.text;
    return absl::OkStatus();
  }

  Lexer lexer_;
  const absl::string_view collection_;
  Token token_;
};

absl::StatusOr<Filter> Filter::Parse(absl::string_view text, absl::string_view collection) {
  if (text.size() > kFilterBytes) {
    return BadFilter(1,
                     absl::StrCat("expected at most ", kFilterBytes, " bytes, got ", text.size()));
  }
  Filter filter;
  ASSIGN_OR_RETURN(filter.root_, FilterParser(text, collection).Whole());
  return filter;
}

bool Filter::Matches(const v1::Record& record) const { return Holds(root_, record); }

bool Filter::Holds(const Node& node, const v1::Record& record) {
  const auto holds = [&record](const Node& child) { return Holds(child, record); };
  switch (node.kind) {
    case Node::Kind::kAll:
      return std::all_of(node.children.begin(), node.children.end(), holds);
    case Node::Kind::kAny:
      return std::any_of(node.children.begin(), node.children.end(), holds);
    case Node::Kind::kNot:
      return !Holds(node.children.front(), record);
    case Node::Kind::kComparison:
      break;
  }
  if (node.op == Operator::kPresent) return node.path.IsPresent(record);
  const bool negated = node.op == Operator::kNotEqual;
  const Operator op = negated ? Operator::kEqual : node.op;
  const std::vector<std::string> texts = node.path.Texts(record);
  const bool any = std::any_of(texts.begin(), texts.end(), [&](const std::string& text) {
    return ValueHolds(node.path.kind(), op, text, node.value);
  });
  return any != negated;
}

}  // namespace plenary
