# Writes OUT, the definition of build_commit() (src/core/build.h), when the commit of SOURCE is not the one that it holds.
execute_process(COMMAND git -C ${SOURCE} describe --always --abbrev=9 --exclude=* --dirty=+ OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(commit "")
endif()
file(WRITE ${OUT}.new "// Made by tools/build_commit.cmake.\n#include \"core/build.h\"\n\nnamespace gimbal {\nstd::string_view build_commit() { return \"${commit}\"; }\n}  // namespace gimbal\n")
execute_process(COMMAND ${CMAKE_COMMAND} -E copy_if_different ${OUT}.new ${OUT})
