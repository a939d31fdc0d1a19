String log = new File(basedir, 'build.log').text
assert log.contains('2:4 masks') : 'no report was printed'
assert log.contains('step 5,') : 'five steps were to be made'
assert log.count('valid  valid') == 2 : 'both layers were to have masks that are valid both ways'
