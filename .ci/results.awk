# Reads one trx file and prints, tab-separated:
#   suite   NAME     SECONDS                 once
#   test    OUTCOME  SECONDS  CLASS.TEST     per result; OUTCOME is passed, failed or skipped
#   skip    REASON                           per skipped test, its first line

function attribute(name,    text, from) {
    from = index($0, " " name "=\"")
    if (from == 0) return ""
    text = substr($0, from + length(name) + 3)
    return decoded(substr(text, 1, index(text, "\"") - 1))
}

function decoded(text) {
    gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/&apos;/, "'", text)
    gsub(/&#x[0-9A-F]+;/, "?", text); gsub(/&amp;/, "\\&", text); gsub(/\t/, " ", text)
    return text
}

function seconds(clock,    part) {
    split(clock, part, ":")
    return part[1] * 3600 + part[2] * 60 + part[3]
}

# Seconds since midnight of the first day; a suite never lasts a whole day.
function instant(stamp) {
    sub(/^[^T]*T/, "", stamp); sub(/[+Z-].*$/, "", stamp)
    return seconds(stamp)
}

/<Times / {
    elapsed = instant(attribute("finish")) - instant(attribute("start"))
    if (elapsed < 0) elapsed += 86400
}

/<UnitTestResult / {
    outcome = attribute("outcome")
    outcome = outcome == "Passed" ? "passed" : outcome == "NotExecuted" ? "skipped" : "failed"
    count++
    id[count] = attribute("testId"); name[count] = attribute("testName")
    result[count] = outcome; duration[count] = seconds(attribute("duration"))
    reason_wanted = outcome == "skipped"
}

/<Message>/ && reason_wanted {
    text = $0
    sub(/^.*<Message>/, "", text); sub(/<\/Message>.*$/, "", text)
    printf "skip\t%s\n", decoded(text)
    reason_wanted = 0
}

/<UnitTest / {
    current = attribute("id")
    suite = attribute("storage")
}

/<TestMethod / {
    class = attribute("className"); sub(/^.*\./, "", class)
    owner[current] = class
    # Unlike storage, the code base keeps upper and lower case.
    suite = attribute("codeBase"); sub(/^.*[\/\\]/, "", suite); sub(/\.dll$/, "", suite)
}

END {
    printf "suite\t%s\t%.1f\n", suite == "" ? "(no tests)" : suite, elapsed
    for (i = 1; i <= count; i++) printf "test\t%s\t%.3f\t%s.%s\n", result[i], duration[i], owner[id[i]], name[i]
}
