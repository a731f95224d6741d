# The rules of classes: the corpus is replayed as a test. For fuzzing itself,
# with clang:
#
#     cmake -B build/fuzz -G Ninja -DCMAKE_C_COMPILER=clang \
#         -DPYBISECT_SANITIZE=ON -DPYBISECT_FUZZ=ON \
#         -DCMAKE_C_FLAGS=-fsanitize=fuzzer-no-link
#     cmake --build build/fuzz --target fuzz_classify
#     build/fuzz/tests/fuzz_classify -max_total_time=120 NEW \
#         tests/fuzz/corpus/classify
set(fuzz ${CMAKE_CURRENT_LIST_DIR})
add_executable(replay_classify
    ${fuzz}/fuzz_classify.c ${fuzz}/replay_classify.c)
target_link_libraries(replay_classify PRIVATE pb_verdict pb_base)
target_include_directories(replay_classify PRIVATE ${CMAKE_SOURCE_DIR}/tests)
target_compile_definitions(replay_classify PRIVATE
    PB_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
add_test(NAME verdict/fuzz_classify
    COMMAND replay_classify ${fuzz}/corpus/classify)

option(PYBISECT_FUZZ "Build the libFuzzer targets (clang)" OFF)
if(PYBISECT_FUZZ)
    add_executable(fuzz_classify ${fuzz}/fuzz_classify.c)
    target_link_libraries(fuzz_classify PRIVATE pb_verdict pb_base)
    target_include_directories(fuzz_classify PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    target_compile_definitions(fuzz_classify PRIVATE
        PB_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    target_link_options(fuzz_classify PRIVATE -fsanitize=fuzzer)
endif()
