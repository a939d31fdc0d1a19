// All scopes and what dependencies bring themselves, without versions.
Set<String> expected = new File(basedir, 'expected.txt').readLines()
Set<String> found = new File(basedir, 'target/dependencies.txt').readLines()*.trim()
        .findAll { it.contains(':') && !it.endsWith(':') }
        .collect { it.split(' ')[0].split(':') }
        .collect { "${it[0]}:${it[1]}:${it[-1]}".toString() }
assert found == expected
