# Writes the bytes of INPUT to OUTPUT as a C++ array.
# Usage: cmake -DINPUT=FILE -DOUTPUT=FILE -P DescriptorSet.cmake

file(READ ${INPUT} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "((0x..,){16})" "\\1\n" bytes "${bytes}")
file(WRITE ${OUTPUT}
  "namespace plenary {\nextern const unsigned char kSchemaBytes[];\n"
  "extern const unsigned long kSchemaSize;\n"
  "const unsigned char kSchemaBytes[] = {\n${bytes}};\n"
  "const unsigned long kSchemaSize = sizeof(kSchemaBytes);\n}  // namespace plenary\n")
